//! The command line: what an operator can ask for, and how a refusal is told.
//!
//! A command either does what it says or prints one sentence on standard error that tells how to mend it, and leaves
//! with 1; a command line that cannot be understood leaves with 2. Nothing here decides about households or rights:
//! that is the server's, and the commands use the same functions.

mod account;
mod criteria;
mod demo;
mod doctor;
mod document;
mod failure;
mod keys;
mod migrate;
mod serve;
mod tell;
mod trusted;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use demo::journey::{Keep, Step, journey};
pub use document::documents;
pub use failure::Failure;
use failure::print;

use crate::config::{self, Config};

/// The backend of the Hanoi Learning Promotion Association (Hội Khuyến học).
#[derive(Debug, Parser)]
#[command(name = "khuyenhoc", version, after_help = "Try it: khuyenhoc demo")]
struct CommandLine {
    /// TOML file with the configuration; KHUYENHOC_* variables override it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API until SIGTERM or Ctrl-C
    Serve(serve::ServeOptions),
    /// Try it: fill a database with a made-up city and serve it on this machine
    Demo(demo::DemoCommand),
    /// Bring the database up to date, or show what it lacks
    Migrate(migrate::MigrateOptions),
    /// Say what is wrong with this installation and how to mend it
    Doctor(doctor::DoctorOptions),
    /// Accounts of people
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Keys that sign access tokens and receipts, and the one that seals cursors
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Criteria sets: how titles are earned
    #[command(subcommand)]
    Criteria(criteria::CriteriaCommand),
    /// GraphQL documents that apps have registered
    #[command(subcommand)]
    Documents(trusted::DocumentsCommand),
    /// Print the GraphQL schema
    #[command(after_help = "Example:\n  khuyenhoc schema > schema.graphql")]
    Schema,
    /// Print who may do what, as Markdown
    #[command(after_help = "Example:\n  khuyenhoc permissions | less")]
    Permissions,
    /// Write the generated documents, or compare them with the program
    Docs(document::DocsOptions),
}

/// Reads the command line, does what it says, and tells the exit code.
pub fn main() -> ExitCode {
    let line = CommandLine::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refused(&error.into()),
    };
    match runtime.block_on(run(line)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => refused(&failure),
    }
}

fn refused(failure: &Failure) -> ExitCode {
    // the exit code still tells it when nobody listens on standard error
    drop(std::io::Write::write_all(
        &mut std::io::stderr(),
        format!("khuyenhoc: {failure}\n").as_bytes(),
    ));
    ExitCode::FAILURE
}

async fn run(line: CommandLine) -> Result<(), Failure> {
    let file = line.config.as_deref();
    let load = || Config::load(file, config::environment());
    match line.command {
        Command::Serve(options) => Box::pin(serve::serve(load()?, &options)).await,
        Command::Demo(command) => Box::pin(demo::demo(file, command)).await,
        Command::Migrate(options) => migrate::migrate(&load()?, &options).await,
        Command::Doctor(options) => doctor::doctor(load(), &options).await,
        Command::Account(command) => Box::pin(account::account(load()?, &command)).await,
        Command::Keys(command) => keys::keys(&load()?, &command).await,
        Command::Criteria(command) => Box::pin(criteria::criteria(|| Ok(load()?), &command)).await,
        Command::Documents(command) => Box::pin(trusted::documents(load()?, &command)).await,
        Command::Schema => print(&crate::schema::sdl()),
        Command::Permissions => print(&crate::access::render::permissions()),
        Command::Docs(options) => document::docs(&options),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::CommandLine;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }
}
