//! Temporary folders that do not outlive the test run, however it ends.
//!
//! A `Drop` does not run for statics, nor after `SIGKILL`, an abort or a power cut, and a test run leaves much behind: a
//! database cluster, database files, server processes. Three nets, each below the other:
//!
//! 1. Dropping the [`Folder`] removes it.
//! 2. A small shell, the watchdog, holds the reading end of a pipe whose writing end only this process has. When the
//!    process is gone for whatever reason, the kernel closes the pipe and the watchdog removes the folder. No polling,
//!    and no confusion when a process id is used again.
//! 3. Each folder has a lock file beside it, locked while its process lives. Whoever makes a folder first sweeps away
//!    those whose lock is free: they belong to runs that lost their watchdog too.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, io};

/// What all our folders are called, before a random part.
const PREFIX: &str = "khuyenhoc-test-";

/// Reads lines until the pipe closes; the last one names the process to kill first, if it is not empty.
/// Arguments: the folder, the lock file, then a command to run before removing them.
const WATCHDOG: &str = r#"trap '' HUP INT QUIT TERM
pid=
while read -r line; do pid=$line; done
[ -z "$pid" ] || kill -KILL "$pid"
folder=$1 lock=$2
shift 2
[ $# -eq 0 ] || "$@"
rm -rf -- "$folder" "$lock"
"#;

/// A folder in the system's temporary place that vanishes with this value or with this process.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    watchdog: Child,
    /// Never read: the lock lasts as long as the file is open.
    _lock: File,
}

impl Folder {
    /// Makes an empty folder.
    ///
    /// # Errors
    /// When the temporary place cannot be written to, or there is no `sh`.
    pub fn new() -> io::Result<Self> {
        Self::with_farewell(|_| Vec::new())
    }

    /// Makes an empty folder; `farewell` is given its path and returns a command (program and arguments) that is run
    /// before the folder is removed. An empty command is none.
    ///
    /// # Errors
    /// As [`Folder::new`].
    pub fn with_farewell(farewell: impl FnOnce(&Path) -> Vec<OsString>) -> io::Result<Self> {
        sweep();
        let (path, lock_path, lock) = locked_name()?;
        fs::create_dir(&path)?;
        // Others may pass through but not look around: the database server runs as another user.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o711))?;
        let watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .args([&path, &lock_path])
            .args(farewell(&path))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C reaches the whole process group, and the watchdog must survive it.
            .process_group(0)
            .spawn()?;
        Ok(Self {
            path,
            watchdog,
            _lock: lock,
        })
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// From now on the process `pid` is killed before the folder is removed; `None` takes that back, and must be
    /// called once the process is known to have ended, since its number may be given to another.
    ///
    /// # Errors
    /// When the watchdog is gone.
    pub fn guard_process(&mut self, pid: Option<u32>) -> io::Result<()> {
        let line = pid.map_or_else(|| "\n".to_owned(), |pid| format!("{pid}\n"));
        match self.watchdog.stdin.as_mut() {
            Some(pipe) => pipe.write_all(line.as_bytes()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        // Best effort: whatever stays is swept by the next run.
        let _ = self.watchdog.wait();
    }
}

/// Finds a free name and holds its lock: folder, lock file, open lock.
fn locked_name() -> io::Result<(PathBuf, PathBuf, File)> {
    loop {
        let path = env::temp_dir().join(format!("{PREFIX}{}", uuid::Uuid::new_v4().simple()));
        let lock_path = path.with_extension("lock");
        let lock = File::create_new(&lock_path)?;
        lock.lock()?;
        // A sweep may have taken and removed the file between the two lines above.
        if lock_path.exists() {
            return Ok((path, lock_path, lock));
        }
    }
}

/// Removes folders of this user whose process is gone. A database server that still runs in one notices within a
/// minute that its files have left and ends itself.
fn sweep() {
    let Ok(entries) = fs::read_dir(env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let lock_path = entry.path();
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(PREFIX));
        if ours && lock_path.extension().is_some_and(|extension| extension == "lock") {
            // Best effort: what another process removes at this moment is gone as well.
            let _ = remove_if_abandoned(&lock_path);
        }
    }
}

/// Removes the lock file and its folder if nobody holds the lock and both belong to the user we are.
fn remove_if_abandoned(lock_path: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(lock_path)?;
    // /proc/self belongs to the user we run as; where there is no /proc, opening for writing decides.
    let me = fs::metadata("/proc/self").map_or(metadata.uid(), |own| own.uid());
    if !metadata.is_file() || metadata.uid() != me {
        return Ok(());
    }
    let lock = File::options().write(true).open(lock_path)?;
    if lock.try_lock().is_err() {
        return Ok(());
    }
    let folder = lock_path.with_extension("");
    match fs::symlink_metadata(&folder) {
        Ok(found) if found.is_dir() && found.uid() == me => fs::remove_dir_all(&folder)?,
        _ => {}
    }
    fs::remove_file(lock_path)
}
