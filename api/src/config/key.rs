//! The table of every configuration key.
//!
//! It is data so that three things cannot drift apart: what the program reads, what it refuses as unknown, and what
//! `api/docs/configuration.md` tells the operator.

use std::fmt::Write as _;

/// One configuration key.
#[derive(Debug)]
pub struct Key {
    /// Name in the TOML file; the environment variable is `KHUYENHOC_` and the same name in capitals.
    pub name: &'static str,
    /// The value when neither the file nor the environment gives one; `None` means the key may stay absent.
    pub default: Option<&'static str>,
    /// What is accepted, as a phrase that completes "accepted is ..".
    pub accepts: &'static str,
    /// Whether the value is or may contain a secret, so that no message may repeat it.
    pub secret: bool,
    /// What the key is for, one or two sentences.
    pub doc: &'static str,
}

impl Key {
    /// The environment variable of this key.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.to_ascii_uppercase())
    }
}

/// What the name of each of our environment variables begins with.
pub const PREFIX: &str = "KHUYENHOC_";

const fn key(name: &'static str, default: &'static str, accepts: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        default: Some(default),
        accepts,
        secret: false,
        doc,
    }
}

/// Every key, in the order in which the reference shows them.
pub const KEYS: &[Key] = &[
    key(
        "listen",
        "127.0.0.1:8080",
        "an IP address and a port, such as 127.0.0.1:8080 or [::]:8080",
        "Address the HTTP server binds. Port 0 takes any free port.",
    ),
    Key {
        name: "database_url",
        default: Some("sqlite:khuyenhoc.db"),
        accepts: "sqlite:FILE (a file, not :memory:) or postgres://USER:PASSWORD@HOST/DATABASE",
        secret: true,
        doc: "The database `serve` works on.",
    },
    Key {
        name: "database_owner_url",
        default: None,
        accepts: "a URL of the same kind as database_url",
        secret: true,
        doc: "The same database as its owner; `migrate` and `doctor` use it. Without it they use database_url.",
    },
    Key {
        name: "database_role_password",
        default: None,
        accepts: "at least 16 characters, none of them a control character",
        secret: true,
        doc: "PostgreSQL: password of the three roles the server connects as. Without it, and when database_url has a \
              password, one is derived from that.",
    },
    key(
        "tenant_binding",
        "connection",
        "connection or transaction",
        "PostgreSQL: what carries the tenant. `transaction` is for PgBouncer and Citus; it makes each read dearer.",
    ),
    key(
        "database_connections",
        "60",
        "a whole number from 4 to 10000",
        "PostgreSQL: upper bound of all connections of this process together.",
    ),
    key(
        "database_connections_per_tenant",
        "4",
        "a whole number from 1 to 1000, not above database_connections",
        "PostgreSQL: upper bound of the connections one tenant may hold, its fair share on a deadline day.",
    ),
    key(
        "statement_timeout_ms",
        "3000",
        "a whole number from 10 to 600000, not above request_timeout_ms",
        "Longest time one statement may run in the database, in milliseconds.",
    ),
    key(
        "request_timeout_ms",
        "10000",
        "a whole number from 10 to 600000",
        "Longest time one request may take, in milliseconds.",
    ),
    key(
        "offline_grace_hours",
        "72",
        "a whole number from 0 to 720",
        "How long after a window has closed something still counts as in time that a phone recorded offline before, in hours.",
    ),
    key(
        "shutdown_grace_ms",
        "20000",
        "a whole number from 0 to 600000",
        "How long a stopping server lets running requests finish, in milliseconds.",
    ),
    key(
        "max_connections",
        "10000",
        "a whole number from 1 to 1000000",
        "Upper bound of open HTTP connections; more wait to be accepted.",
    ),
    key(
        "token_issuer",
        "khuyenhoc",
        "1 to 200 visible ASCII characters",
        "`iss` of access tokens. Give each installation its own.",
    ),
    key(
        "token_audience",
        "khuyenhoc-app",
        "1 to 200 visible ASCII characters",
        "`aud` of access tokens.",
    ),
    key(
        "access_token_seconds",
        "600",
        "a whole number from 60 to 900",
        "Life of an access token in seconds.",
    ),
    key(
        "session_idle_days",
        "60",
        "a whole number from 1 to 400",
        "A phone stays signed in so many days without being used.",
    ),
    key(
        "session_days",
        "400",
        "a whole number from 1 to 800, not below session_idle_days",
        "A phone stays signed in so many days at most, used or not.",
    ),
    key(
        "second_factor",
        "required",
        "required or offered",
        "Whether officers of districts and the city do nothing without a second factor, or have one only if they want to.",
    ),
    key(
        "password_memory_kib",
        "19456",
        "a whole number from 19456 to 1048576",
        "argon2id: memory of one password check in KiB. The least is what OWASP asks for.",
    ),
    key(
        "password_iterations",
        "2",
        "a whole number from 2 to 20",
        "argon2id: passes over that memory. The least is what OWASP asks for.",
    ),
    key(
        "password_workers",
        "0",
        "a whole number from 0 to 256",
        "How many passwords are checked at the same time; 0 means half of the cores, at least one.",
    ),
    key(
        "password_queue",
        "64",
        "a whole number from 1 to 100000",
        "How many password checks may wait for a worker; beyond it sign-in answers RATE_LIMITED at once.",
    ),
    Key {
        name: "password_pepper",
        default: None,
        accepts: "32 to 500 characters, none of them a control character",
        secret: true,
        doc: "A secret that goes into each password hash and is not in the database. May be introduced at any time; once \
              it is lost or changed, nobody can sign in with a password hashed with it.",
    },
    Key {
        name: "trusted_proxies",
        default: None,
        accepts: "IP addresses and networks such as 10.0.0.0/8, with commas between them",
        secret: false,
        doc: "The proxies in front of the server, whose word about a client's address is taken.",
    },
    key(
        "forwarded_header",
        "x-forwarded-for",
        "x-forwarded-for or forwarded",
        "The header in which those proxies say it. They must append to it or replace it, never pass on a client's own.",
    ),
    key(
        "public_url",
        "http://127.0.0.1:8080",
        "an address such as https://khuyenhoc.example, http only for this machine, at most 80 characters, no slash at the end",
        "Where people reach this server: the QR codes on certificates lead there. Papers that are printed keep it for ever.",
    ),
    key(
        "invitation_days",
        "60",
        "a whole number from 1 to 400",
        "An invitation on paper can be used for so many days.",
    ),
    key(
        "message_sender",
        "none",
        "none, webhook or log",
        "How one-time codes reach telephones. `log` writes them into the log, for development only.",
    ),
    Key {
        name: "message_webhook_url",
        default: None,
        accepts: "an https URL, or an http URL of this machine such as http://127.0.0.1:9000/",
        secret: true,
        doc: "Where the adaptor of the SMS or Zalo gateway takes messages, as a signed POST (standardwebhooks.com).",
    },
    Key {
        name: "message_webhook_secret",
        default: None,
        accepts: "whsec_ and the base64 of at least 32 bytes",
        secret: true,
        doc: "What those messages are signed with; the adaptor has the same.",
    },
    Key {
        name: "message_webhook_ca_file",
        default: None,
        accepts: "a file with certificates of authorities (PEM)",
        secret: false,
        doc: "For an adaptor whose certificate is from an authority of the house: that authority's certificate. Then no other authority is trusted for it.",
    },
    key(
        "message_webhook_private",
        "false",
        "true or false",
        "Whether the adaptor may stand at a private address, such as 10.0.0.5 or a name that leads there. An address of this machine that stands in the URL itself may always be used.",
    ),
    key(
        "push_sender",
        "none",
        "none, webhook or log",
        "How notices reach devices while the app is closed. `log` writes them into the log, for development only.",
    ),
    Key {
        name: "push_webhook_url",
        default: None,
        accepts: "an https URL, or an http URL of this machine such as http://127.0.0.1:9000/",
        secret: true,
        doc: "Where the adaptor of the push services (FCM, APNs) takes messages, as a signed POST (standardwebhooks.com).",
    },
    Key {
        name: "push_webhook_secret",
        default: None,
        accepts: "whsec_ and the base64 of at least 32 bytes",
        secret: true,
        doc: "What those messages are signed with; the adaptor has the same. Take another one than for message_webhook_secret.",
    },
    Key {
        name: "push_webhook_ca_file",
        default: None,
        accepts: "a file with certificates of authorities (PEM)",
        secret: false,
        doc: "As message_webhook_ca_file, for the adaptor of the push services.",
    },
    key(
        "push_webhook_private",
        "false",
        "true or false",
        "As message_webhook_private, for the adaptor of the push services.",
    ),
    key(
        "live_connections",
        "5000",
        "a whole number from 0 to 1000000",
        "The most WebSockets and event streams at once; 0 for none. They are counted apart from max_connections.",
    ),
    key(
        "live_connections_per_session",
        "4",
        "a whole number from 1 to 1000",
        "The most of them of one session. One more takes the place of the oldest: a phone that changes networks leaves dead ones behind.",
    ),
    key(
        "live_connections_per_account",
        "12",
        "a whole number from 1 to 10000",
        "The most of them of one account, in the same way.",
    ),
    key(
        "live_operations_per_connection",
        "16",
        "a whole number from 1 to 1000",
        "The most operations at once on one WebSocket.",
    ),
    key(
        "live_streams_per_association",
        "2000",
        "a whole number from 1 to 1000000",
        "The most streams of one association, so that none takes the others' share.",
    ),
    key(
        "live_init_ms",
        "10000",
        "a whole number from 100 to 60000",
        "How long a WebSocket may stay without connection_init, in milliseconds.",
    ),
    key(
        "live_ping_seconds",
        "30",
        "a whole number from 1 to 600",
        "How often the server asks whether the other end of a stream is there. Whoever is silent for two and a half times as long is gone.",
    ),
    key(
        "phone_codes_per_day",
        "1000",
        "a whole number from 0 to 1000000",
        "The most one-time codes the whole installation sends to telephones in a day; each costs money.",
    ),
    key(
        "phone_codes_per_association_per_day",
        "200",
        "a whole number from 0 to 1000000",
        "The most one-time codes sent in a day for joining one association.",
    ),
    Key {
        name: "cors_origins",
        default: None,
        accepts: "origins as browsers send them, separated by commas, such as https://app.example.vn",
        secret: false,
        doc: "Web pages of other origins that may use the API. Without it there are none; apps on phones need none.",
    },
    key(
        "documents",
        "any",
        "any or trusted",
        "Which GraphQL documents are taken from clients: any, or only those that an app has registered by `khuyenhoc documents add`.",
    ),
    key(
        "budget_session",
        "500",
        "a whole number from 0 to 1000000",
        "Cost points that come to a session in a second; it holds those of 120 s. 0 means no budget. See limits.md.",
    ),
    key(
        "budget_account",
        "1000",
        "a whole number from 0 to 1000000",
        "The same for all sessions of an account together.",
    ),
    key(
        "budget_association",
        "10000",
        "a whole number from 0 to 1000000",
        "The same for all who act in an association; it holds those of 60 s.",
    ),
    key(
        "budget_address",
        "2000",
        "a whole number from 0 to 1000000",
        "The same for all who come from one address without a token: behind one address of a carrier there are many phones. It holds those of 60 s.",
    ),
    key(
        "chaos",
        "false",
        "true or false",
        "Whether `serve --chaos` may run on an address that other machines reach. For development only.",
    ),
    Key {
        name: "uploads",
        default: None,
        accepts: "a folder, or s3://BUCKET or s3://BUCKET/PREFIX",
        secret: false,
        doc: "Where the bytes of evidence are. Without it a folder: `FILE-uploads` beside the SQLite file, `khuyenhoc-uploads` where the server was started for PostgreSQL.",
    },
    Key {
        name: "uploads_s3_endpoint",
        default: None,
        accepts: "an https URL, or an http URL of this machine such as http://127.0.0.1:9000",
        secret: false,
        doc: "S3: the address of a service other than Amazon's own. Buckets are a part of the path there.",
    },
    key(
        "uploads_s3_region",
        "us-east-1",
        "1 to 200 visible ASCII characters",
        "S3: the region that requests are signed for.",
    ),
    Key {
        name: "uploads_s3_access_key_id",
        default: None,
        accepts: "1 to 200 visible ASCII characters",
        secret: true,
        doc: "S3: the name of the access key.",
    },
    Key {
        name: "uploads_s3_secret_access_key",
        default: None,
        accepts: "1 to 200 visible ASCII characters",
        secret: true,
        doc: "S3: the access key.",
    },
    key(
        "upload_max_bytes",
        "10485760",
        "a whole number from 65536 to 104857600",
        "The greatest file of evidence.",
    ),
    key(
        "uploads_per_registration",
        "20",
        "a whole number from 0 to 100",
        "The most files of evidence of one registration; 0 takes none.",
    ),
    key(
        "uploads_per_association_per_day",
        "5000",
        "a whole number from 0 to 1000000",
        "The most files of evidence that one association adds in a day.",
    ),
    key(
        "introspection",
        "false",
        "true or false",
        "Whether the GraphQL schema may be asked for over HTTP.",
    ),
    key(
        "explorer",
        "false",
        "true or false",
        "Whether the server offers the GraphQL explorer page, and with it the schema.",
    ),
    key(
        "log",
        "info",
        "a filter of tracing's EnvFilter, such as info or khuyenhoc=debug,warn",
        "What is logged.",
    ),
    key(
        "log_format",
        "json",
        "json or text",
        "How it is logged: one JSON object or one line of text an event, on stderr.",
    ),
];

/// The key of that name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// All names, for messages about unknown ones.
pub(super) fn names() -> String {
    KEYS.iter().map(|key| key.name).collect::<Vec<_>>().join(", ")
}

/// The reference of all keys as a Markdown table, the body of `api/docs/configuration.md`.
pub fn reference() -> String {
    let mut table = String::from("| key | environment | default | accepted | meaning |\n|---|---|---|---|---|\n");
    for key in KEYS {
        let default = key
            .default
            .map_or_else(|| "none".to_owned(), |text| format!("`{text}`"));
        let (name, accepts, doc) = (key.name, key.accepts, key.doc);
        // Writing into a String cannot fail.
        let _ = writeln!(
            table,
            "| `{name}` | `{}` | {default} | {accepts} | {doc} |",
            key.variable()
        );
    }
    table
}
