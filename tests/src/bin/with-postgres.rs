//! Runs a command with a `PostgreSQL` cluster of its own: `with-postgres cargo test`.
//!
//! A test run may consist of many processes (nextest makes one for each test) that should share one cluster. This program
//! starts it, tells its address in `KHUYENHOC_TEST_PG`, runs the command, takes the cluster down and ends with the
//! command's exit code. When the variable is set already, that server is used and left alone.

use std::process::{Command, ExitCode};

use tests::cluster::{Cluster, SHARED_URL};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("usage: with-postgres COMMAND [ARGUMENT]...");
        return ExitCode::from(2);
    };
    let mut command = Command::new(&program);
    command.args(arguments);
    // Dropped at the end of main, which stops the server.
    let _cluster = if std::env::var_os(SHARED_URL).is_some_and(|url| !url.is_empty()) {
        None
    } else {
        match Cluster::start() {
            Ok(cluster) => {
                command.env(SHARED_URL, cluster.url());
                Some(cluster)
            }
            Err(error) => {
                eprintln!("with-postgres: {error}");
                return ExitCode::FAILURE;
            }
        }
    };
    match command.status() {
        // A command ended by a signal has no code.
        Ok(status) => status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("with-postgres: {}: {error}", program.display());
            ExitCode::FAILURE
        }
    }
}
