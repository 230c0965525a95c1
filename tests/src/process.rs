//! The real program, run as its users run it: started, asked over HTTP, told to stop.
//!
//! What only shows in a process of its own is tested through this: exit codes, standard output, signals, a crash between
//! change and answer. Each run has an empty working and home folder and none of the outside's settings, so a developer's
//! own `KHUYENHOC_*` variables or files cannot decide a test.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{env, thread};

use serde_json::Value;

use crate::folder::Folder;

/// Environment variable with the path of the program to test; without it, it is built.
pub const BINARY: &str = "KHUYENHOC_BIN";

/// The password of every account of the demo city; it opens nothing else.
pub const DEMO_PASSWORD: &str = "khuyen-hoc-demo-2026";

/// How long a server may take to listen, and a process to end after it was asked to. Long, because a loaded machine is
/// no failure; a test that waits this long fails.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// What the server prints on standard output once it accepts connections, before its address.
const ANNOUNCEMENT: &str = "listening on ";

/// How often a condition is looked at while waiting for it.
const PAUSE: Duration = Duration::from_millis(10);

/// The program to test.
///
/// # Panics
/// When it cannot be built, with the compiler's messages above.
pub fn binary() -> &'static Path {
    static BINARY_PATH: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let found = BINARY_PATH.get_or_init(|| match env::var_os(BINARY) {
        Some(path) if !path.is_empty() => Ok(path.into()),
        _ => build(),
    });
    match found {
        Ok(path) => path,
        Err(reason) => panic!("{reason}"),
    }
}

/// Builds the program with the profile of this test binary, which lies in `<target>/<profile>/deps`.
fn build() -> Result<PathBuf, String> {
    let this = env::current_exe().map_err(|error| error.to_string())?;
    let profile_folder = this
        .ancestors()
        .nth(2)
        .ok_or("a test binary lies in target/<profile>/deps")?;
    let profile = match profile_folder.file_name().and_then(OsStr::to_str) {
        Some("debug") => "dev",
        Some(other) => other,
        None => return Err("a test binary lies in target/<profile>/deps".to_owned()),
    };
    let target = profile_folder.parent().ok_or("no target folder")?;
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "build",
            "--quiet",
            "--locked",
            "--package",
            "khuyenhoc",
            "--bin",
            "khuyenhoc",
            "--profile",
            profile,
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    if status.success() {
        Ok(profile_folder.join("khuyenhoc"))
    } else {
        Err("khuyenhoc does not build".to_owned())
    }
}

/// How a process ended and all it printed.
#[derive(Debug)]
pub struct Output {
    /// Exit code or signal.
    pub status: ExitStatus,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs the program to its end. `arguments` do not include its name; `environment` is all it has of `KHUYENHOC_*`;
/// `input` is its standard input.
///
/// # Panics
/// When it cannot be started or does not end within [`PATIENCE`].
pub async fn run(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Output {
    let mut running = Running::start(arguments, environment);
    let mut pipe = running.child.stdin.take();
    let input = input.to_owned();
    // In a thread of its own: the program may print before it has read all. One that reads nothing breaks the pipe.
    let writer = thread::spawn(move || pipe.as_mut().map(|pipe| pipe.write_all(input.as_bytes())));
    let output = running.ended().await;
    drop(writer.join());
    output
}

/// A running `khuyenhoc serve`, or another subcommand that serves; killed when dropped.
#[derive(Debug)]
pub struct Server {
    running: Running,
    address: String,
    client: reqwest::Client,
}

impl Server {
    /// Starts the program and waits until it listens. It chooses a free port of the loopback address itself, unless
    /// `environment` says otherwise.
    ///
    /// # Panics
    /// When it ends, or does not listen within [`PATIENCE`]; with all it printed.
    pub async fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut running = Running::start(arguments, environment);
        drop(running.child.stdin.take());
        let mut waited = Duration::ZERO;
        let address = loop {
            if let Some(address) = running.stdout.address() {
                break address;
            }
            if let Some(status) = running.child.try_wait().expect("asking for the server's state") {
                let output = running.output(status);
                panic!(
                    "the server ended with {status} before it listened:\n{}{}",
                    output.stdout, output.stderr
                );
            }
            assert!(
                waited < PATIENCE,
                "the server does not listen:\n{}{}",
                running.stdout.text(),
                running.stderr.text()
            );
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        };
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .expect("an HTTP client");
        Self {
            running,
            address,
            client,
        }
    }

    /// Where it listens, as `http://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What speaks HTTP with it.
    pub fn http(&self) -> &reqwest::Client {
        &self.client
    }

    /// The process id, for tests that send signals.
    pub fn process_id(&self) -> u32 {
        self.running.child.id()
    }

    /// The folder it runs in, where relative paths of its settings end up.
    pub fn folder(&self) -> &Path {
        self.running.folder.path()
    }

    /// What it has written to standard error so far: its log.
    pub fn log(&self) -> String {
        self.running.stderr.text()
    }

    /// A request to a path such as `/readyz`, to be completed and sent by the caller.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address))
    }

    /// Posts a GraphQL request (`{"query": .., "variables": ..}`) with a bearer token and further headers.
    ///
    /// # Errors
    /// When there is no HTTP answer; every status is an answer.
    pub async fn post_graphql(
        &self,
        body: &Value,
        token: Option<&str>,
        headers: &[(&str, &str)],
    ) -> reqwest::Result<reqwest::Response> {
        let mut request = self.request(reqwest::Method::POST, "/graphql").json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await
    }

    /// Asks it to stop (SIGTERM) and waits for its end.
    ///
    /// # Panics
    /// When it does not end within [`PATIENCE`].
    pub async fn terminate(mut self) -> Output {
        signal("TERM", self.process_id());
        self.running.ended().await
    }

    /// Kills it (SIGKILL), as a crash or a power cut would, and waits for its end.
    pub async fn kill(mut self) -> Output {
        // Fails only if it has ended already.
        drop(self.running.child.kill());
        self.running.ended().await
    }
}

/// Sends a signal, named as in `kill -s`, to a process. Nothing happens if it has ended.
///
/// # Panics
/// When there is no `sh`.
pub fn signal(name: &str, process_id: u32) {
    // The shell's own `kill`: a bare machine need not have the program.
    let script = format!("kill -s {name} {process_id}");
    Command::new("sh")
        .args(["-c", &script])
        .stderr(Stdio::null())
        .status()
        .expect("running sh");
}

/// A started process, what it prints, and its folder.
#[derive(Debug)]
struct Running {
    child: Child,
    stdout: Capture,
    stderr: Capture,
    folder: Folder,
}

impl Running {
    fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut folder = Folder::new().expect("a temporary folder");
        let mut command = Command::new(binary());
        for (name, _) in env::vars_os() {
            // PG*: the PostgreSQL driver fills gaps of an URL from them.
            if [b"KHUYENHOC_".as_slice(), b"PG", b"XDG_"]
                .iter()
                .any(|prefix| name.as_encoded_bytes().starts_with(prefix))
            {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .env("KHUYENHOC_LISTEN", "127.0.0.1:0")
            .env("HOME", folder.path())
            .envs(environment.iter().copied())
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("starting {}: {error}", binary().display()));
        folder.guard_process(Some(child.id())).expect("telling the watchdog");
        let stdout = Capture::of(child.stdout.take());
        let stderr = Capture::of(child.stderr.take());
        Self {
            child,
            stdout,
            stderr,
            folder,
        }
    }

    /// Waits for the end without blocking the runtime, which may be serving the very request the process waits for.
    async fn ended(&mut self) -> Output {
        let mut waited = Duration::ZERO;
        loop {
            if let Some(status) = self.child.try_wait().expect("asking for the process's state") {
                return self.output(status);
            }
            assert!(
                waited < PATIENCE,
                "the process does not end:\n{}{}",
                self.stdout.text(),
                self.stderr.text()
            );
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        }
    }

    fn output(&mut self, status: ExitStatus) -> Output {
        drop(self.folder.guard_process(None));
        Output {
            status,
            stdout: self.stdout.complete(),
            stderr: self.stderr.complete(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both do nothing if it was waited for already.
        drop(self.child.kill());
        drop(self.child.wait());
        drop(self.folder.guard_process(None));
    }
}

/// What one of the process's streams has brought so far, read by a thread so that the process never blocks on it.
#[derive(Debug)]
struct Capture {
    text: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Capture {
    fn of(stream: Option<impl Read + Send + 'static>) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let shared = Arc::clone(&text);
        let reader = stream.map(|stream| {
            thread::spawn(move || {
                let mut lines = BufReader::new(stream);
                let mut line = Vec::new();
                while lines.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                    shared
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push_str(&String::from_utf8_lossy(&line));
                    line.clear();
                }
            })
        });
        Self { text, reader }
    }

    fn text(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All of it, once the process has ended.
    fn complete(&mut self) -> String {
        drop(self.reader.take().map(JoinHandle::join));
        self.text()
    }

    /// The address in the announcement, if its line is complete.
    fn address(&self) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(ANNOUNCEMENT)?;
        let (address, _) = rest.split_once('\n')?;
        address.starts_with("http://").then(|| address.trim().to_owned())
    }
}
