//! `khuyenhoc account`: what the operator does with accounts, past the API and its rights.
//!
//! Every change is told in the security journal, as done by nobody with an account.

mod appoint;
mod change;
mod create;
mod grant;
mod list;
mod office;
mod password;
mod place;

use clap::Subcommand;
use entity::vocabulary::Role;

use super::failure::Failure;
use crate::config::Config;
use office::Office;

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Show accounts with their posts and when they were last seen
    List(list::ListOptions),
    /// Make an account with a post; the first city officer also founds the city association
    Create(create::CreateOptions),
    /// Give an account another post
    Grant(grant::GrantOptions),
    /// Shut an account out; all its sessions end at once
    Disable(change::DisableOptions),
    /// Let a disabled account in again
    Enable(change::EnableOptions),
    /// Set another password, shown once, or remove the second factor; all sessions end at once
    Reset(change::ResetOptions),
}

/// Does what the command says.
///
/// # Errors
/// An option is wrong, or what the database answers.
pub(super) async fn account(config: Config, command: &AccountCommand) -> Result<(), Failure> {
    let office = Office::open(config).await?;
    let done = match command {
        AccountCommand::List(options) => list::list(&office, options).await,
        AccountCommand::Create(options) => create::create(&office, options).await,
        AccountCommand::Grant(options) => grant::grant(&office, options).await,
        AccountCommand::Disable(options) => change::disable(&office, options).await,
        AccountCommand::Enable(options) => change::enable(&office, options).await,
        AccountCommand::Reset(options) => change::reset(&office, options).await,
    };
    office.db().close().await;
    done
}

/// A role as people type it.
fn role(text: &str) -> Result<Role, String> {
    let wanted = text.to_uppercase().replace('-', "_");
    let known = Role::ALL.iter().copied().find(|role| role.as_str() == wanted);
    known.ok_or_else(|| {
        Role::ALL
            .iter()
            .map(|role| role.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_taken_as_people_type_them() {
        assert_eq!(role("city-officer"), Ok(Role::CityOfficer));
        assert_eq!(role("WARD_OFFICER"), Ok(Role::WardOfficer));
        assert!(role("KING").unwrap_err().contains("FAMILY, BRANCH_HEAD"));
    }
}
