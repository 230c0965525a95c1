//! A database for one test: migrated, empty, alone, and gone afterwards.
//!
//! Tests that share a database depend on each other's rows and cannot run side by side. Migrating afresh for each would
//! cost more than the tests, so it is done once and the result is copied: a file for `SQLite`, a template database for
//! `PostgreSQL`.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{fs, io};

use khuyenhoc::clock::{SystemClock, SystemEntropy};
use khuyenhoc::config::Config;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Error, Row as _, TypeInfo as _, ValueRef as _, raw_sql,
};
use tokio::sync::OnceCell;

use crate::folder::Folder;
use crate::{cluster, digest};

/// The role that owns the databases and runs the migrations. Deliberately no superuser: hosted servers give nobody
/// one, and a superuser would walk past every rule we want to see hold.
pub const OWNER: &str = "khuyenhoc_owner";

/// Which database product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A `SQLite` file.
    Sqlite,
    /// A database of the test run's [`cluster`].
    Postgres,
}

impl Kind {
    /// Both, for tests that loop.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

/// The answer to raw SQL: rows of columns, each as the database writes it in text; `None` is NULL, bytes are `\x` and
/// hexadecimal digits. Times of `PostgreSQL` are shown in UTC.
pub type Rows = Vec<Vec<Option<String>>>;

/// A migrated, empty database that is removed when this value is dropped.
#[derive(Debug)]
pub struct Database {
    kind: Kind,
    url: String,
    admin_url: String,
    place: Place,
}

/// What is to be removed at the end.
#[derive(Debug)]
enum Place {
    /// The folder with the file and whatever `SQLite` puts beside it.
    Folder(PathBuf),
    /// The name of the database.
    Name(String),
}

impl Database {
    /// Makes a database.
    ///
    /// # Panics
    /// When it cannot, with the reason; in particular when `PostgreSQL` is not installed.
    pub async fn fresh(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::fresh_file().await,
            Kind::Postgres => Self::fresh_clone().await,
        }
    }

    /// Makes a database as it was when the migration `last` was the newest: empty, without keys, and on `PostgreSQL` the
    /// owner's, who is no superuser.
    ///
    /// # Panics
    /// When it cannot, with the reason.
    pub async fn of_before(kind: Kind, last: &str) -> Self {
        let database = match kind {
            Kind::Sqlite => Self::file(),
            Kind::Postgres => {
                let name = format!("t_{}", uuid::Uuid::new_v4().simple());
                let mut server = server_with_owner().await;
                execute(&mut server, &format!("CREATE DATABASE {name} OWNER {OWNER}")).await;
                close(server).await;
                Self::named(name)
            }
        };
        let migrated = migration::up_to(database.url(), None, last).await;
        migrated.expect("migrating as far as that");
        database
    }

    /// A database whose file is not there yet.
    fn file() -> Self {
        let folder = new_folder().expect("a folder for a SQLite file");
        let url = file_url(&folder.join("test.db"));
        Self {
            kind: Kind::Sqlite,
            admin_url: url.clone(),
            url,
            place: Place::Folder(folder),
        }
    }

    /// A database of the cluster.
    fn named(name: String) -> Self {
        Self {
            kind: Kind::Postgres,
            url: cluster::url_of(OWNER, &name),
            admin_url: cluster::url_of(cluster::SUPERUSER, &name),
            place: Place::Name(name),
        }
    }

    async fn fresh_file() -> Self {
        // The content, not a file: a static folder would have to be removed by somebody.
        static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(migrated_file).await;
        let database = Self::file();
        if let Place::Folder(folder) = &database.place {
            fs::write(folder.join("test.db"), template).expect("a copy of the migrated SQLite file");
        }
        database
    }

    async fn fresh_clone() -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(migrated_template).await;
        let name = format!("t_{}", uuid::Uuid::new_v4().simple());
        // Copying files is quicker than the write-ahead log for a database as small as ours. The second statement copies
        // what CREATE DATABASE leaves behind: rights on the database itself, and its settings.
        let create = format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER} STRATEGY file_copy");
        let rest = format!(
            "UPDATE pg_database d SET datacl = t.datacl FROM pg_database t WHERE d.datname = '{name}' AND t.datname = '{template}';
             INSERT INTO pg_db_role_setting SELECT d.oid, s.setrole, s.setconfig FROM pg_db_role_setting s
               JOIN pg_database t ON t.oid = s.setdatabase AND t.datname = '{template}', pg_database d WHERE d.datname = '{name}'"
        );
        let mut server = server().await;
        execute(&mut server, &create).await;
        execute(&mut server, &rest).await;
        close(server).await;
        Self::named(name)
    }

    /// Which product it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The address the product is given: on `PostgreSQL` as the owner of the schema.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address with all power over this database, for tests that break it or read the catalog; on `PostgreSQL` as
    /// superuser, on `SQLite` the same as [`Database::url`].
    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// The address for a certain role; on `SQLite`, which has none, the same as [`Database::url`].
    pub fn url_as(&self, role: &str) -> String {
        match &self.place {
            Place::Name(name) => cluster::url_of(role, name),
            Place::Folder(_) => self.url.clone(),
        }
    }

    /// Runs the `psql` program as superuser and returns what it printed: values only, `|` between columns.
    ///
    /// # Panics
    /// When it refuses the SQL, or this is not `PostgreSQL`.
    pub fn psql(&self, sql: &str) -> String {
        assert_eq!(self.kind, Kind::Postgres, "psql speaks to PostgreSQL only; use sql()");
        match cluster::psql(&self.admin_url, sql) {
            Ok(printed) => printed,
            Err(error) => panic!("{error}"),
        }
    }

    /// Runs statements with all power and returns the rows of all of them.
    ///
    /// # Panics
    /// When the database refuses one.
    pub async fn sql(&self, sql: &str) -> Rows {
        match sql_at(&self.admin_url, sql).await {
            Ok(rows) => rows,
            Err(error) => panic!("{error}\nin: {sql}"),
        }
    }

    /// Runs statements in a transaction that lasts until what is returned is dropped: a lock somebody else holds.
    ///
    /// # Panics
    /// When the database refuses one, or this is not `PostgreSQL`.
    pub async fn hold(&self, sql: &str) -> PgConnection {
        assert_eq!(self.kind, Kind::Postgres, "a lock of a row is PostgreSQL's");
        let mut connection = PgConnection::connect(&self.admin_url).await.expect("a connection");
        execute(&mut connection, &format!("BEGIN; {sql}")).await;
        connection
    }

    /// Runs statements as a certain role (see [`Database::url_as`]); for tests that expect a refusal.
    ///
    /// # Errors
    /// What the database answered.
    pub async fn sql_as(&self, role: &str, sql: &str) -> Result<Rows, Error> {
        sql_at(&self.url_as(role), sql).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Best effort: what stays goes with the test run's folder or cluster.
        match &self.place {
            Place::Folder(folder) => drop(fs::remove_dir_all(folder)),
            Place::Name(name) => {
                let drop_it = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                drop(cluster::psql(cluster::url(), &drop_it));
            }
        }
    }
}

/// Runs statements on a connection of their own and returns the rows of all of them.
///
/// # Errors
/// What the database answered.
pub async fn sql_at(url: &str, sql: &str) -> Result<Rows, Error> {
    // Without bound parameters PostgreSQL answers every type in text.
    let statements = raw_sql(AssertSqlSafe(sql.to_owned()));
    let mut rows = Rows::new();
    if url.starts_with("sqlite") {
        let mut connection = url.parse::<SqliteConnectOptions>()?.connect().await?;
        for row in statements.fetch_all(&mut connection).await? {
            let mut columns = Vec::new();
            for index in 0..row.len() {
                let value = row.try_get_raw(index)?;
                let bytes = value.type_info().name() == "BLOB";
                let text = if value.is_null() {
                    None
                } else if bytes {
                    Some(hexadecimal(row.try_get_unchecked::<&[u8], _>(index)?))
                } else {
                    Some(row.try_get_unchecked(index)?)
                };
                columns.push(text);
            }
            rows.push(columns);
        }
        connection.close().await?;
    } else {
        let options: PgConnectOptions = url.parse()?;
        let mut connection = options.options([("timezone", "UTC")]).connect().await?;
        for row in statements.fetch_all(&mut connection).await? {
            let mut columns = Vec::new();
            for index in 0..row.len() {
                let value = row.try_get_raw(index)?;
                let text = if value.is_null() {
                    None
                } else {
                    Some(value.as_str().map_err(Error::Decode)?.to_owned())
                };
                columns.push(text);
            }
            rows.push(columns);
        }
        connection.close().await?;
    }
    Ok(rows)
}

/// Bytes as `PostgreSQL` writes them.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold("\\x".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// The content of a migrated, empty `SQLite` file.
async fn migrated_file() -> Vec<u8> {
    let folder = new_folder().expect("a folder for a SQLite file");
    let file = folder.join("template.db");
    let url = file_url(&file);
    migrate(&url).await;
    // Whatever the journal mode: all must be in the file itself.
    sql_at(&url, "PRAGMA wal_checkpoint(TRUNCATE)")
        .await
        .expect("emptying the write-ahead log");
    let content = fs::read(&file).expect("reading the migrated SQLite file");
    drop(fs::remove_dir_all(&folder));
    content
}

/// Brings a new database up to date the way `khuyenhoc migrate` does, keys included.
async fn migrate(url: &str) {
    let setting = ("KHUYENHOC_DATABASE_URL".to_owned(), url.to_owned());
    let config = Config::load(None, std::iter::once(setting)).expect("a configuration");
    khuyenhoc::database::migrate(&config, &SystemClock, &SystemEntropy)
        .await
        .expect("migrating a new database");
}

/// Makes the template database unless another process has, and returns its name.
async fn migrated_template() -> String {
    let template = format!("kh_keyed_{}", digest::of_migrations().expect("reading the migrations"));
    let mut server = server_with_owner().await;
    let known = format!("SELECT 1 FROM pg_database WHERE datname = '{template}' AND datistemplate");
    if raw_sql(AssertSqlSafe(known))
        .fetch_optional(&mut server)
        .await
        .expect("looking for the template")
        .is_none()
    {
        // One that is no template yet was left by a process that failed half-way.
        execute(&mut server, &format!("DROP DATABASE IF EXISTS {template} WITH (FORCE)")).await;
        execute(&mut server, &format!("CREATE DATABASE {template} OWNER {OWNER}")).await;
        migrate(&cluster::url_of(OWNER, &template)).await;
        // A database with a connection cannot be copied, so nobody may make one.
        let finished = format!("ALTER DATABASE {template} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false");
        execute(&mut server, &finished).await;
    }
    close(server).await;
    template
}

/// A superuser's connection, alone until it closes, to a cluster that has the [`OWNER`].
async fn server_with_owner() -> PgConnection {
    let mut server = server().await;
    // Locks belong to a database, and all of us connect to the same one.
    let lock = "SELECT pg_advisory_lock(hashtext('khuyenhoc test template'))";
    execute(&mut server, lock).await;
    let owner = format!(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN
         CREATE ROLE {OWNER} LOGIN CREATEROLE; END IF; END $$"
    );
    execute(&mut server, &owner).await;
    server
}

async fn close(server: PgConnection) {
    let closed = server.close().await;
    closed.expect("closing the connection to the test cluster");
}

/// A superuser's connection to the cluster.
async fn server() -> PgConnection {
    match PgConnection::connect(cluster::url()).await {
        Ok(connection) => connection,
        Err(error) => panic!(
            "the PostgreSQL of this test run does not answer at {}: {error}",
            cluster::url()
        ),
    }
}

async fn execute(server: &mut PgConnection, sql: &str) {
    if let Err(error) = raw_sql(AssertSqlSafe(sql.to_owned())).execute(server).await {
        panic!("{error}\nin: {sql}");
    }
}

/// A new folder inside the one of this process.
fn new_folder() -> io::Result<PathBuf> {
    static OF_PROCESS: OnceLock<Folder> = OnceLock::new();
    // The closure cannot return the error, and a machine without a temporary folder runs no test anyway.
    let parent = OF_PROCESS.get_or_init(|| Folder::new().expect("a temporary folder for this process"));
    let folder = parent.path().join(uuid::Uuid::new_v4().simple().to_string());
    fs::create_dir(&folder)?;
    Ok(folder)
}

fn file_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}
