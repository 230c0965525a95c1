//! Whose registrations they are: the one place of this room that knows what a subject is and where its name stands.

use std::collections::HashMap;

use entity::id::{HouseholdId, RegistrationId};
use entity::scope::Scope;
use entity::table::{household_member, registration};
use entity::value::PhoneNumber;
use entity::vocabulary::{Relation, SubjectKind};

use super::store::AT_ONCE;
use crate::error::Result;
use crate::household::members_of;
use crate::subject::cards_of;

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
        let cards = cards_of(scope, rows).await?;
        let families = rows.iter().filter(|row| row.model.subject() == SubjectKind::Household);
        let families: Vec<HouseholdId> = families.map(|row| row.subject_id.into()).collect();
        let members = if with_people {
            members_of(scope, &families).await?
        } else {
            HashMap::new()
        };
        for row in rows {
            let Some(card) = cards.get(&row.subject_id) else {
                continue;
            };
            let phone = card.phone.as_deref().map(|phone| {
                let parsed = PhoneNumber::parse(phone);
                parsed.map_or_else(|_| phone.to_owned(), |phone| phone.national())
            });
            let family = members.get(&row.subject_id.into());
            let subject = Subject {
                name: card.name.clone(),
                representative: card.head_name.clone(),
                address: card.address.clone(),
                phone,
                people: family
                    .and_then(|members| people(members))
                    .or(card.people.filter(|_| with_people)),
                sort_key: card.sort_key.clone(),
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
