//! Whose registrations they are: the one place of this room that knows what a subject is and where its name stands.

use std::collections::HashMap;

use entity::id::{HouseholdId, RegistrationId};
use entity::scope::Scope;
use entity::table::{household_member, registration};
use entity::value::PhoneNumber;
use entity::vocabulary::Relation;

use super::store::AT_ONCE;
use crate::error::Result;
use crate::household::{households_by_id, members_of};

/// What papers say of a subject.
#[derive(Debug, Clone, Default)]
pub(super) struct Subject {
    /// Its name.
    pub name: String,
    /// Who speaks for it, where it is not a person or a family.
    pub representative: Option<String>,
    /// Where it is.
    pub address: String,
    /// A telephone number, as it is read at home.
    pub phone: Option<String>,
    /// How many belong to it; none where that was not asked for, or is not known.
    pub people: Option<u32>,
    /// Vietnamese order of names.
    pub sort_key: Vec<u8>,
}

/// The subjects of registrations, as far as the scope reaches; `with_people` reads how many belong to each.
///
/// # Errors
/// What the database answers.
pub(super) async fn subjects_of(
    scope: &Scope,
    rows: &[registration::Model],
    with_people: bool,
) -> Result<HashMap<RegistrationId, Subject>> {
    let mut subjects = HashMap::with_capacity(rows.len());
    for rows in rows.chunks(AT_ONCE) {
        let ids: Vec<HouseholdId> = rows.iter().map(|row| row.subject_id.into()).collect();
        let households = households_by_id(scope, &ids).await?;
        let members = if with_people {
            members_of(scope, &ids).await?
        } else {
            HashMap::new()
        };
        for row in rows {
            let id = row.subject_id.into();
            let Some(household) = households.get(&id) else {
                continue;
            };
            let phone = household.phone.as_deref().map(|phone| {
                let parsed = PhoneNumber::parse(phone);
                parsed.map_or_else(|_| phone.to_owned(), |phone| phone.national())
            });
            let subject = Subject {
                name: household.head_name.clone(),
                representative: None,
                address: household.address.clone(),
                phone,
                people: members.get(&id).and_then(|members| people(members)),
                sort_key: household.sort_key.clone(),
            };
            subjects.insert(row.id, subject);
        }
    }
    Ok(subjects)
}

/// How many people a family has: the head is one of them, whether the form has a line for them or not.
fn people(members: &[household_member::Model]) -> Option<u32> {
    let is_listed = members.iter().any(|member| member.relation == Relation::Head);
    let others = u32::try_from(members.len()).ok()?;
    Some(others + u32::from(!is_listed))
}
