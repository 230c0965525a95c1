//! `khuyenhoc account grant`: another dated post for an account that is there.

use clap::Args;
use entity::vocabulary::Role;

use super::appoint::{PostOptions, Wish, appoint, check_holder, check_new};
use super::office::{Office, Whom};
use super::{place, role};
use crate::command::failure::Failure;

/// Options of `account grant`.
#[derive(Debug, Args)]
#[command(
    after_help = "The post holds from now. The account keeps its password and its sessions; the next request may use the post.\n\n\
    Examples:\n  khuyenhoc account grant 0912345678 --role WARD_OFFICER --unit UNIT_ID\n  \
    khuyenhoc account grant sondq --role CITY_OFFICER --until 2030-12-31 --decision '12/QĐ-HKH'"
)]
pub(in crate::command) struct GrantOptions {
    #[command(flatten)]
    whom: Whom,
    /// FAMILY, BRANCH_HEAD, WARD_OFFICER, DISTRICT_OFFICER, CITY_OFFICER or CITY_LEADER
    #[arg(long, value_parser = role)]
    role: Role,
    #[command(flatten)]
    post: PostOptions,
}

/// Gives the post.
///
/// # Errors
/// An option is wrong, there is no such account, it holds the post, the unit does not fit the role, or what the database
/// answers.
pub(super) async fn grant(office: &Office, options: &GrantOptions) -> Result<(), Failure> {
    let wish = Wish::parse(options.role, &options.post, office.now())?;
    let account = options.whom.find(office.db()).await?;
    check_holder(wish.role, account.phone.is_some())?;
    let place = place::find(office.db(), wish.role, options.post.unit.as_deref(), None).await?;
    check_new(office, &account, &place, wish.role).await?;
    appoint(office, &account, place, &wish).await
}
