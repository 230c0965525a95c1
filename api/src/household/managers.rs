//! Who manages a subject: whom it concerns when something happens to its registration.

use std::collections::HashMap;

use entity::id::{AccountId, HouseholdId, SubjectId};
use entity::query::ColumnTrait;
use entity::scope::Errand;
use entity::table::household_account;

use crate::error::Result;

/// The accounts that manage each of these subjects. The one place where the server asks this of its own accord.
///
/// # Errors
/// What the database answers.
pub async fn managers_of(tx: &Errand, subjects: &[SubjectId]) -> Result<HashMap<SubjectId, Vec<AccountId>>> {
    let households = subjects.iter().map(|id| HouseholdId::from(*id));
    let links = tx
        .find::<household_account::Entity>()
        .filter(household_account::Column::HouseholdId.is_in(households))
        .all()
        .await?;
    let mut managers: HashMap<SubjectId, Vec<AccountId>> = HashMap::new();
    for link in links {
        managers
            .entry(link.household_id.into())
            .or_default()
            .push(link.account_id);
    }
    Ok(managers)
}
