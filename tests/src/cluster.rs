//! One `PostgreSQL` server for a whole test run, made from the installed programs and thrown away afterwards.
//!
//! Tests must not touch a server somebody uses, and must run where none is prepared. A test run that consists of several
//! processes shares one cluster: `with-postgres COMMAND` (see `src/bin/with-postgres.rs`, used by `tests/run`) starts it
//! and tells its address in [`SHARED_URL`]. Without that variable the first test that asks starts one for its process.
//! [`Folder`] sees to it that neither survives its process.
//!
//! Where `PostgreSQL` is missing the tests that need it fail; skipping them would be a green run that proves nothing.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::{env, fmt, io};

use crate::folder::Folder;

/// Environment variable with the superuser URL of a cluster that is already running, as
/// `postgres://postgres@127.0.0.1:PORT/postgres`.
pub const SHARED_URL: &str = "KHUYENHOC_TEST_PG";

/// The superuser of the cluster.
pub const SUPERUSER: &str = "postgres";

/// The oldest release the product supports.
const OLDEST_MAJOR: u32 = 15;

/// A port may be taken between choosing and using it; so many tries.
const PORT_TRIES: u32 = 5;

/// Speed before safety, since the data is thrown away; and a time zone that is not UTC, so that nothing passes its
/// tests by the luck of the server's default.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
max_connections = 300
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
timezone = 'Asia/Ho_Chi_Minh'
log_line_prefix = '%m [%p] %u@%d '
";

/// Why there is no cluster; each says what to do about it.
#[derive(Debug)]
pub enum Error {
    /// The server's programs are not installed.
    NotInstalled,
    /// The programs are older than the product supports.
    TooOld {
        /// What `postgres --version` printed.
        found: String,
    },
    /// One of the programs could not be run or failed.
    Failed {
        /// The command as it was run.
        command: String,
        /// What it printed, and the server's log where there is one.
        output: String,
    },
    /// The temporary folder could not be used.
    Io(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => write!(
                f,
                "PostgreSQL {OLDEST_MAJOR} or newer is needed and neither PG_BIN, /usr/lib/postgresql/*/bin nor PATH has \
                 its initdb, pg_ctl and psql. On Debian: `tests/run --prepare` or `apt-get install postgresql`."
            ),
            Self::TooOld { found } => {
                write!(
                    f,
                    "PostgreSQL {OLDEST_MAJOR} or newer is needed, found {found}; set PG_BIN to the bin folder of one"
                )
            }
            Self::Failed { command, output } => write!(f, "`{command}` failed:\n{output}"),
            Self::Io(error) => write!(f, "the test cluster's folder: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A running server; dropping it stops the server and removes its files.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    folder: Folder,
}

impl Cluster {
    /// Makes and starts a cluster. Takes about two seconds.
    ///
    /// # Errors
    /// Each [`Error`].
    pub fn start() -> Result<Self, Error> {
        let programs = Programs::find()?;
        let folder = Folder::with_farewell(|path| programs.command("pg_ctl", pg_ctl_stop(path), is_root(path)))?;
        let root = is_root(folder.path());
        let data = folder.path().join("data");
        let sockets = folder.path().join("s");
        for own in [&data, &sockets] {
            fs::create_dir(own)?;
            fs::set_permissions(own, fs::Permissions::from_mode(0o700))?;
            if root {
                run(&[OsStr::new("chown").into(), SUPERUSER.into(), own.into()])?;
            }
        }
        let options = "--no-sync -A trust --locale=C.UTF-8 -E UTF8 -U";
        let mut arguments: Vec<OsString> = options.split(' ').map(OsString::from).collect();
        arguments.extend([SUPERUSER.into(), "-D".into(), data.clone().into()]);
        run(&programs.command("initdb", arguments, root))?;

        let log = data.join("log.txt");
        let mut tries = 1;
        loop {
            let port = free_port()?;
            let place = format!("port = {port}\nunix_socket_directories = '{}'\n", sockets.display());
            // The file exists and keeps its owner.
            fs::write(data.join("postgresql.auto.conf"), format!("{SETTINGS}{place}"))?;
            match run(&programs.command("pg_ctl", pg_ctl_start(&data, &log), root)) {
                Ok(_) => {
                    let url = format!("postgres://{SUPERUSER}@127.0.0.1:{port}/postgres");
                    return Ok(Self { url, folder });
                }
                Err(Error::Failed { command, output }) if tries == PORT_TRIES => {
                    let log = fs::read_to_string(&log).unwrap_or_default();
                    return Err(Error::Failed {
                        command,
                        output: format!("{output}\n{log}"),
                    });
                }
                Err(Error::Failed { .. }) => tries += 1,
                Err(other) => return Err(other),
            }
        }
    }

    /// The superuser's URL of the database `postgres`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the cluster lives: the server's data and log are in `data`, its socket in `s`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The superuser's URL of the cluster this test run uses; starts one if nobody did.
///
/// # Panics
/// With the reason and a remedy when there can be no cluster: a test on `PostgreSQL` must fail then, not be skipped.
pub fn url() -> &'static str {
    static URL: OnceLock<Result<String, String>> = OnceLock::new();
    static OWN: OnceLock<Cluster> = OnceLock::new();
    let url = URL.get_or_init(|| match env::var(SHARED_URL) {
        Ok(shared) if !shared.is_empty() => Ok(shared),
        _ => match Cluster::start() {
            Ok(cluster) => Ok(OWN.get_or_init(|| cluster).url().to_owned()),
            Err(error) => Err(error.to_string()),
        },
    });
    match url {
        Ok(url) => url,
        Err(reason) => panic!("{reason}"),
    }
}

/// The same server's URL for another database and role.
pub fn url_of(role: &str, database: &str) -> String {
    let server = url().rsplit_once('@').map_or(url(), |(_, server)| server);
    let place = server.split_once('/').map_or(server, |(place, _)| place);
    format!("postgres://{role}@{place}/{database}")
}

/// Runs the `psql` program on `url` and returns what it printed: values only, `|` between columns.
///
/// # Errors
/// When there is no `psql` or it refuses the SQL, with what it said.
pub fn psql(url: &str, sql: &str) -> Result<String, Error> {
    static PROGRAM: OnceLock<OsString> = OnceLock::new();
    let program = if let Some(program) = PROGRAM.get() {
        program.clone()
    } else {
        let found = Programs::find()?.path("psql");
        PROGRAM.get_or_init(|| found).clone()
    };
    let options = "--no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1";
    let mut line = vec![program];
    line.extend(options.split(' ').map(OsString::from));
    line.extend(["--dbname", url, "--command", sql].map(OsString::from));
    let printed = run(&line)?.stdout;
    Ok(String::from_utf8_lossy(&printed).trim_end().to_owned())
}

/// The folder with the installed programs.
struct Programs {
    bin: PathBuf,
}

impl Programs {
    /// `PG_BIN`, else the newest below `/usr/lib/postgresql` (Debian keeps them off the path), else `PATH`.
    fn find() -> Result<Self, Error> {
        let chosen = env::var_os("PG_BIN").map(PathBuf::from);
        let searched = env::var_os("PATH").unwrap_or_default();
        let bin = match chosen {
            Some(bin) => complete(&bin).then_some(bin),
            None => newest_debian().or_else(|| env::split_paths(&searched).find(|bin| complete(bin))),
        };
        let programs = Self {
            bin: bin.ok_or(Error::NotInstalled)?,
        };
        let printed = run(&[programs.path("postgres"), "--version".into()])?.stdout;
        let found = String::from_utf8_lossy(&printed).trim().to_owned();
        // "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", "postgres (PostgreSQL) 18beta1"
        let number = found.split_whitespace().nth(2).unwrap_or_default();
        let digits = number.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        if digits.parse().is_ok_and(|major: u32| major >= OLDEST_MAJOR) {
            Ok(programs)
        } else {
            Err(Error::TooOld { found })
        }
    }

    fn path(&self, name: &str) -> OsString {
        self.bin.join(name).into()
    }

    /// The command line of a server program. The server refuses to run as root, so root runs it as the user that
    /// the package has made.
    fn command(&self, name: &str, arguments: Vec<OsString>, root: bool) -> Vec<OsString> {
        let other_user: &[&str] = if root { &["runuser", "-u", SUPERUSER, "--"] } else { &[] };
        let mut line: Vec<OsString> = other_user.iter().map(OsString::from).collect();
        line.push(self.path(name));
        line.extend(arguments);
        line
    }
}

/// Whether a folder holds all programs we use.
fn complete(bin: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres", "psql"]
        .iter()
        .all(|name| bin.join(name).is_file())
}

/// The newest `/usr/lib/postgresql/<major>/bin`.
fn newest_debian() -> Option<PathBuf> {
    let releases = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<(u32, PathBuf)> = releases
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| complete(bin))
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

fn pg_ctl_start(data: &Path, log: &Path) -> Vec<OsString> {
    vec![
        "start".into(),
        "-w".into(),
        "-s".into(),
        "-D".into(),
        data.into(),
        "-l".into(),
        log.into(),
    ]
}

/// Immediate, because nothing in it is worth a checkpoint.
fn pg_ctl_stop(folder: &Path) -> Vec<OsString> {
    let data = folder.join("data").into();
    vec![
        "stop".into(),
        "-w".into(),
        "-m".into(),
        "immediate".into(),
        "-D".into(),
        data,
    ]
}

/// Whether we are root, told from the owner of a folder we made.
fn is_root(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|metadata| metadata.uid() == 0)
}

/// A port of the loopback address that was free a moment ago.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Runs a command to its end, with the outside's `PG*` variables out of its way.
fn run(line: &[OsString]) -> Result<Output, Error> {
    let shown = || line.join(OsStr::new(" ")).to_string_lossy().into_owned();
    let failed = |output: String| Error::Failed {
        command: shown(),
        output,
    };
    let (program, arguments) = line.split_first().ok_or(Error::NotInstalled)?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir("/").stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PG") {
            command.env_remove(name);
        }
    }
    let output = command.output().map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = [output.stdout, output.stderr].concat();
    Err(failed(String::from_utf8_lossy(&said).into_owned()))
}
