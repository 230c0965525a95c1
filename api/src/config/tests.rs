//! What the configuration takes and what it says when it does not.

use super::*;

fn load(file: Option<&str>, env: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("khuyenhoc.toml");
    if let Some(text) = file {
        std::fs::write(&path, text).unwrap();
    }
    let env = env.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Config::load(file.map(|_| path.as_path()), env)
}

fn faults(file: Option<&str>, env: &[(&str, &str)]) -> Vec<String> {
    load(file, env)
        .unwrap_err()
        .problems
        .into_iter()
        .map(|problem| problem.key)
        .collect()
}

#[test]
fn nothing_given_means_the_defaults() {
    let config = load(None, &[("PATH", "/bin"), ("HOME", "/")]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database_url.expose_secret(), "sqlite:khuyenhoc.db");
    assert_eq!(config.owner_url().expose_secret(), "sqlite:khuyenhoc.db");
    assert_eq!(config.access_token_lifetime, Duration::from_mins(10));
    assert_eq!((config.password_memory_kib, config.password_iterations), (19_456, 2));
    assert!(config.password_workers >= 1);
    assert_eq!(config.second_factor, SecondFactor::Required);
    assert!(!config.introspection && !config.explorer && !config.is_postgres());
    assert_eq!(config.log_format, LogFormat::Json);
}

#[test]
fn the_environment_lies_over_the_file() {
    let file = "listen = \"127.0.0.1:1\"\nmax_connections = 7\nexplorer = true\n";
    let config = load(Some(file), &[("KHUYENHOC_LISTEN", "[::1]:2")]).unwrap();
    assert_eq!(config.listen.to_string(), "[::1]:2");
    assert_eq!(config.max_connections, 7);
    assert!(config.explorer);
}

#[test]
fn the_environment_may_name_the_file_and_the_command_line_wins() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.toml"), folder.path().join("two.toml"));
    std::fs::write(&one, "max_connections = 1").unwrap();
    std::fs::write(&two, "max_connections = 2").unwrap();
    let env = || [("KHUYENHOC_CONFIG".to_owned(), one.display().to_string())].into_iter();
    assert_eq!(Config::load(None, env()).unwrap().max_connections, 1);
    assert_eq!(Config::load(Some(&two), env()).unwrap().max_connections, 2);
}

#[test]
fn every_key_refuses_nonsense_by_name_and_says_what_it_takes() {
    for key in KEYS {
        let error = load(None, &[(&key.variable(), "\u{1}")]).unwrap_err();
        let [Problem { key: name, message }] = error.problems.as_slice() else {
            panic!("{}: {error}", key.name)
        };
        assert_eq!(name, key.name);
        assert!(message.contains(key.accepts), "{message}");
        assert!(message.contains(&key.variable()), "{message}");
    }
}

#[test]
fn a_gateway_in_the_house_is_said_to_be_there() {
    let url = ("KHUYENHOC_MESSAGE_WEBHOOK_URL", "https://10.0.0.5/send");
    let secret = format!("whsec_{}=", "A".repeat(43));
    let given = [
        ("KHUYENHOC_MESSAGE_SENDER", "webhook"),
        url,
        ("KHUYENHOC_MESSAGE_WEBHOOK_SECRET", secret.as_str()),
    ];
    assert_eq!(faults(None, &given), ["message_webhook_private"]);
    let leave = [given.as_slice(), &[("KHUYENHOC_MESSAGE_WEBHOOK_PRIVATE", "true")]].concat();
    assert!(load(None, &leave).is_ok());
}

#[test]
fn all_faults_come_at_once() {
    let file = "lisen = 1\nmax_connections = 0\nlog_format = [1]\n[table]\nx = 1";
    let env = [
        ("KHUYENHOC_EXPLORER", "yes"),
        ("KHUYENHOC_SECRET", "x"),
        ("KHUYENHOC_ACCESS_TOKEN_SECONDS", "901"),
    ];
    let mut found = faults(Some(file), &env);
    found.sort();
    let expected = [
        "KHUYENHOC_SECRET",
        "access_token_seconds",
        "explorer",
        "lisen",
        "log_format",
        "max_connections",
        "table",
    ];
    assert_eq!(found, expected);
}

#[test]
fn limits_hold_on_both_sides() {
    for (variable, good, bad) in [
        ("KHUYENHOC_ACCESS_TOKEN_SECONDS", ["60", "900"], ["59", "901"]),
        (
            "KHUYENHOC_PASSWORD_MEMORY_KIB",
            ["19456", "1048576"],
            ["19455", "1048577"],
        ),
        ("KHUYENHOC_PASSWORD_ITERATIONS", ["2", "20"], ["1", "21"]),
        ("KHUYENHOC_DATABASE_CONNECTIONS", ["4", "10000"], ["-1", "10001"]),
        (
            "KHUYENHOC_DATABASE_ROLE_PASSWORD",
            ["sixteen-letters!", "mật khẩu dài hơn"],
            ["changeme", ""],
        ),
        (
            "KHUYENHOC_DATABASE_URL",
            ["sqlite://a.db?mode=rwc", "postgres://h/d"],
            ["sqlite::memory:", "mysql://h/d"],
        ),
        (
            "KHUYENHOC_LOG",
            ["warn", "khuyenhoc=debug,warn"],
            ["a=b=c", "khuyenhoc=loud"],
        ),
    ] {
        for text in good {
            assert!(load(None, &[(variable, text)]).is_ok(), "{variable}={text}");
        }
        for text in bad {
            assert_eq!(faults(None, &[(variable, text)]).len(), 1, "{variable}={text}");
        }
    }
}

#[test]
fn values_must_agree_with_each_other() {
    let env = [
        ("KHUYENHOC_DATABASE_CONNECTIONS", "4"),
        ("KHUYENHOC_DATABASE_CONNECTIONS_PER_TENANT", "5"),
        ("KHUYENHOC_REQUEST_TIMEOUT_MS", "100"),
        ("KHUYENHOC_DATABASE_OWNER_URL", "postgres://h/d"),
    ];
    assert_eq!(
        faults(None, &env),
        [
            "database_connections_per_tenant",
            "statement_timeout_ms",
            "database_owner_url"
        ]
    );
}

#[test]
fn secrets_are_neither_in_debug_nor_in_errors() {
    let env = [
        ("KHUYENHOC_DATABASE_URL", "postgres://app:canary-1@h/d"),
        ("KHUYENHOC_DATABASE_OWNER_URL", "postgres://app:canary-2@h/d"),
        ("KHUYENHOC_DATABASE_ROLE_PASSWORD", "canary-3-canary-3"),
    ];
    let shown = format!("{:?}", load(None, &env).unwrap());
    assert!(!shown.contains("canary"), "{shown}");
    let refused = [
        ("KHUYENHOC_DATABASE_URL", "mysql://app:canary@h/d"),
        ("KHUYENHOC_DATABASE_ROLE_PASSWORD", "canary"),
    ];
    let error = load(Some("log = 1\ndatabase_owner_url = \"canary"), &refused).unwrap_err();
    assert_eq!(error.problems.len(), 3);
    assert!(
        !error.to_string().contains("canary") && !format!("{error:?}").contains("canary"),
        "{error}"
    );
    assert!(error.to_string().contains("line 2"), "{error}");
}

#[test]
fn a_missing_file_is_a_fault() {
    let error = Config::load(Some(Path::new("/nowhere/khuyenhoc.toml")), std::iter::empty()).unwrap_err();
    assert_eq!(
        error.problems.first().map(|problem| problem.key.as_str()),
        Some("config")
    );
}

#[test]
fn the_reference_lists_each_key_once() {
    let table = reference();
    assert_eq!(table.lines().count(), KEYS.len() + 2);
    for key in KEYS {
        assert_eq!(table.matches(&format!("| `{}` |", key.name)).count(), 1, "{}", key.name);
        assert!(
            ![key.accepts, key.doc].iter().any(|text| text.contains('|')),
            "a bar breaks the table"
        );
    }
}
