//! What the phone sent beside what is there now, field by field.

use async_graphql::{Context, Value};
use chrono::{DateTime, FixedOffset, Utc};
use entity::table::{household, household_member};
use entity::value::{PersonName, PhoneNumber};

use super::model::{SyncDifference, SyncPayload, SyncStale};
use crate::access::{Access, Permission};
use crate::citizen::Citizen;
use crate::clock::HANOI;
use crate::collective::Collective;
use crate::error::Result;
use crate::household::{Household, members_of};
use crate::registration::{Registration, journals_of};
use crate::score::ScoreSheet;

/// A field by its name in the input, with what is there now.
type Now = (&'static str, Option<String>);

/// How the record of a stale item stands; none for steps of many.
///
/// # Errors
/// What the database answers.
pub(super) async fn compare(ctx: &Context<'_>, input: &Value, payload: &SyncPayload) -> Result<Option<SyncStale>> {
    let stale = match payload {
        SyncPayload::UpdateHousehold(payload) => match &payload.household {
            Some(Household(row)) => Some(of_household(ctx, input, row).await?),
            None => None,
        },
        SyncPayload::UpdateCollective(payload) => payload.collective.as_ref().map(|row| of_collective(input, row)),
        SyncPayload::UpdateCitizen(payload) => payload.citizen.as_ref().map(|row| of_citizen(input, row)),
        SyncPayload::Registration(payload) => match &payload.registration {
            Some(row) => Some(of_registration(ctx, input, row).await?),
            None => None,
        },
        SyncPayload::ScoreSheet(payload) => payload.score_sheet.as_ref().map(|sheet| of_sheet(input, sheet)),
        SyncPayload::Complaint(payload) => payload.complaint.as_ref().map(|complaint| {
            let now = [("expectedState", Some(complaint.0.state.as_str().to_owned()))];
            told(None, differences(input, now))
        }),
        _ => None,
    };
    Ok(stale)
}

fn told(version: Option<i32>, fields: Vec<SyncDifference>) -> SyncStale {
    SyncStale {
        version,
        changed_at: None,
        changed_by: None,
        fields,
    }
}

fn shown(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&HANOI)
}

async fn of_household(ctx: &Context<'_>, input: &Value, row: &household::Model) -> Result<SyncStale> {
    let now = [
        ("headName", Some(row.head_name.clone())),
        ("phone", row.phone.clone()),
        ("address", Some(row.address.clone())),
    ];
    let mut fields = differences(input, now);
    if let Some(sent) = field(input, "members") {
        let scope = ctx.scope_in(Permission::HouseholdRead, row.tenant_id)?;
        let members = members_of(&scope, &[row.id]).await?.remove(&row.id).unwrap_or_default();
        fields.extend(difference("members", Some(people_sent(sent)), Some(people(&members))));
    }
    Ok(told(Some(row.version), fields))
}

fn of_collective(input: &Value, Collective(row): &Collective) -> SyncStale {
    let now = [
        ("name", Some(row.name.clone())),
        ("headName", Some(row.head_name.clone())),
        ("phone", row.phone.clone()),
        ("address", Some(row.address.clone())),
        ("variant", row.variant.map(|variant| variant.as_str().to_owned())),
        ("people", row.people.map(|people| people.to_string())),
    ];
    told(Some(row.version), differences(input, now))
}

fn of_citizen(input: &Value, Citizen(row): &Citizen) -> SyncStale {
    let now = [
        ("name", Some(row.name.clone())),
        ("birth", Some(row.birth.clone())),
        ("phone", row.phone.clone()),
        ("variant", Some(row.variant.as_str().to_owned())),
    ];
    told(Some(row.version), differences(input, now))
}

/// A registration's journal says who changed it last, to whoever may read the registration.
async fn of_registration(ctx: &Context<'_>, input: &Value, Registration(row): &Registration) -> Result<SyncStale> {
    let scope = ctx.scope_in(Permission::RegistrationRead, row.tenant_id)?;
    let journal = journals_of(&scope, &[row.id]).await?.remove(&row.id);
    let last = journal.and_then(|lines| lines.into_iter().next_back());
    let mut fields = differences(input, [("note", row.note.clone()), ("reason", row.reason.clone())]);
    fields.push(SyncDifference {
        path: "state".to_owned(),
        sent: None,
        now: Some(row.state.as_str().to_owned()),
    });
    Ok(SyncStale {
        changed_at: last.as_ref().map(|line| shown(line.at)),
        changed_by: last.map(|line| line.actor_name),
        ..told(Some(row.version), fields)
    })
}

fn of_sheet(input: &Value, sheet: &ScoreSheet) -> SyncStale {
    let (row, lines) = sheet.as_it_stands();
    let fields = lines.into_iter().filter_map(|(code, now)| {
        let sent = mark_sent(input, &code)?;
        difference(&format!("marks.{code}"), sent, now)
    });
    SyncStale {
        changed_at: Some(shown(row.changed_at)),
        changed_by: Some(row.actor_name.clone()),
        ..told(Some(row.version), fields.collect())
    }
}

fn field<'a>(input: &'a Value, name: &str) -> Option<&'a Value> {
    match input {
        Value::Object(fields) => fields.get(name).filter(|value| **value != Value::Null),
        _ => None,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Enum(name) => name.to_string(),
        other => other.to_string(),
    }
}

/// What was sent, as it would be stored: a phone number has one spelling here and many out there.
fn spelt(name: &str, sent: &Value) -> Option<String> {
    let sent = text(sent);
    let stored = match name {
        "phone" => PhoneNumber::parse(&sent).map(|phone| phone.as_str().to_owned()),
        "headName" => PersonName::parse(&sent).map(|name| name.as_str().to_owned()),
        _ => Ok(sent.clone()),
    };
    Some(stored.unwrap_or(sent)).filter(|text| !text.is_empty())
}

fn differences(input: &Value, now: impl IntoIterator<Item = Now>) -> Vec<SyncDifference> {
    let one = |(name, now): Now| {
        let sent = field(input, name)?;
        difference(name, spelt(name, sent), now)
    };
    now.into_iter().filter_map(one).collect()
}

fn difference(path: &str, sent: Option<String>, now: Option<String>) -> Option<SyncDifference> {
    (sent != now).then(|| SyncDifference {
        path: path.to_owned(),
        sent,
        now,
    })
}

fn person(name: &str, birth: Option<&str>, relation: &str) -> String {
    format!("{name}, {}, {relation}", birth.unwrap_or("-"))
}

/// The people of a household, one a line.
fn people(members: &[household_member::Model]) -> String {
    let lines = members
        .iter()
        .map(|row| person(&row.name, row.birth.as_deref(), row.relation.as_str()));
    lines.collect::<Vec<_>>().join("\n")
}

fn people_sent(members: &Value) -> String {
    let Value::List(members) = members else {
        return text(members);
    };
    let line = |member: &Value| {
        let name = field(member, "name").map(text).unwrap_or_default();
        let birth = field(member, "birth").map(text);
        let relation = field(member, "relation").map(text).unwrap_or_default();
        person(&name, birth.as_deref(), &relation)
    };
    members.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What the phone sent for a line of a score sheet; none where it did not name the line.
fn mark_sent(input: &Value, code: &str) -> Option<Option<String>> {
    let Some(Value::List(marks)) = field(input, "marks") else {
        return None;
    };
    let is_it = |mark: &&Value| field(mark, "indicator").is_some_and(|indicator| text(indicator) == code);
    let mark = marks.iter().find(is_it)?;
    if field(mark, "notApplicable") == Some(&Value::Boolean(true)) {
        return Some(Some("NOT_APPLICABLE".to_owned()));
    }
    let points = field(mark, "points").and_then(|points| match points {
        Value::Number(number) => number.as_f64(),
        _ => None,
    });
    Some(
        points
            .and_then(|points| entity::value::Points::parse(points).ok())
            .map(|points| points.to_string()),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(json: serde_json::Value) -> Value {
        Value::from_json(json).unwrap()
    }

    #[test]
    fn only_what_was_sent_and_differs_is_told() {
        let input = value(json!({"headName": " Trần  Thị Mai ", "phone": "0912 345 678", "note": null}));
        let now = [
            ("headName", Some("Trần Thị Mai".to_owned())),
            ("phone", Some("+84912345678".to_owned())),
            ("address", Some("Ngõ 5".to_owned())),
            ("note", Some("x".to_owned())),
        ];
        assert_eq!(differences(&input, now), []);
        let now = [("phone", None)];
        let told = differences(&input, now);
        assert_eq!(told[0].sent.as_deref(), Some("+84912345678"));
        assert_eq!((told[0].path.as_str(), &told[0].now), ("phone", &None));
    }

    #[test]
    fn a_phone_number_that_was_taken_away_is_told() {
        let input = value(json!({"phone": ""}));
        let told = differences(&input, [("phone", Some("+84912345678".to_owned()))]);
        assert_eq!(
            (told[0].sent.clone(), told[0].now.as_deref()),
            (None, Some("+84912345678"))
        );
    }

    #[test]
    fn a_line_of_a_sheet_is_compared_by_its_indicator() {
        let input = value(
            json!({"marks": [{"indicator": "1.1", "points": 7.5}, {"indicator": "1.2"},
            {"indicator": "1.3", "notApplicable": true}]}),
        );
        assert_eq!(mark_sent(&input, "1.2"), Some(None));
        assert_eq!(mark_sent(&input, "9"), None);
        assert_eq!(mark_sent(&input, "1.3"), Some(Some("NOT_APPLICABLE".to_owned())));
        let points = entity::value::Points::parse(7.5).unwrap().to_string();
        assert_eq!(mark_sent(&input, "1.1"), Some(Some(points)));
    }
}
