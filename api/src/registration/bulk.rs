//! One step for many registrations at once: what the decisions of a branch head, the minutes of a meeting, a ward's list
//! and a decision of recognition have in common.
//!
//! A result for each item, never all or nothing: what can be done is done in one transaction, the rest says why not. The
//! rows are locked in the order of their ids, nobody decides on what is their own, nothing changes in a closed year. What
//! a step asks besides it says itself when it is asked where a registration goes from here ([`Locked::judge`]).

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::{Context, Enum, ID, SimpleObject};
use entity::id::{RegistrationId, SubjectId, TenantId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{Scope, Writer};
use entity::table::registration;
use entity::value::{Language, Rule};
use entity::vocabulary::{Phase, RegistrationAction, RegistrationState};
use serde::{Deserialize, Serialize};

use super::model::Registration;
use super::read;
use super::store::{self, Paper, Words};
use crate::access::Access;
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::global_id::{NodeKind, decode_as, encode};
use crate::programme::{Pressed, Timing, check_window, closed_among};
use crate::subject::own_among;

/// The most registrations of one request: a branch has about 157 families.
pub const MAX_ITEMS: usize = 200;
/// The most items that are decided on without a fresh proof of who is signed in.
const MOST_WITHOUT_STEP_UP: usize = 50;

/// One registration of a bulk step, parsed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Item {
    /// The association the id claims.
    pub tenant: TenantId,
    /// The registration.
    pub id: RegistrationId,
    /// The version read.
    pub expected_version: Option<i32>,
}

/// What became of one item.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ItemOutcome {
    /// Decided.
    Applied,
    /// No such registration, or none the viewer may see.
    NotFound,
    /// The rules do not allow it; `rule` says which.
    Refused,
    /// It has changed since the client read it; it comes as it is now.
    Stale,
}

/// What became of one registration of a decision.
#[derive(SimpleObject)]
pub struct DecisionResult {
    /// The id as it was sent.
    pub id: ID,
    /// What became of it.
    pub outcome: ItemOutcome,
    /// The rule that says no, such as `OWN_HOUSEHOLD` or `NOT_IN_THIS_STATE`.
    pub rule: Option<String>,
    /// Why a rule says no, as a sentence for the person; null where none does.
    pub message: Option<String>,
    /// The registration as it is now; null when it was not found.
    pub registration: Option<Registration>,
}

/// What is kept of one item.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(from = "Stored")]
pub enum Kept {
    /// Done.
    Applied,
    /// Not found.
    NotFound,
    /// Changed since it was read.
    Stale,
    /// Refused by a rule.
    Refused(Refusal),
}

/// Parses the list of a bulk step: global ids with the versions read. `name` is what an item calls its id.
///
/// # Errors
/// INVALID.
pub fn parse<'a>(items: impl ExactSizeIterator<Item = (&'a ID, Option<i32>)>, name: &str) -> Result<Vec<Item>> {
    if items.len() == 0 {
        return Err(Error::invalid("items", Rule::Required));
    }
    if items.len() > MAX_ITEMS {
        return Err(Error::invalid("items", Rule::TooMany { max: MAX_ITEMS }));
    }
    let item = |(at, (id, expected_version)): (usize, (&ID, Option<i32>))| {
        let (tenant, id) = decode_as(NodeKind::Registration, id, &format!("items.{at}.{name}"))?;
        Ok(Item {
            tenant,
            id,
            expected_version,
        })
    };
    items.enumerate().map(item).collect()
}

/// What is kept of one item, as this server writes it and as servers before it did: a key holds for ever.
#[derive(Deserialize)]
enum Stored {
    Applied,
    NotFound,
    Stale,
    Refused(Refusal),
    OwnHousehold,
    Repeated,
    YearClosed,
    NotInThisState(RegistrationState, RegistrationAction),
}

impl From<Stored> for Kept {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Applied => Self::Applied,
            Stored::NotFound => Self::NotFound,
            Stored::Stale => Self::Stale,
            Stored::Refused(refusal) => Self::Refused(refusal),
            Stored::OwnHousehold => Self::Refused(Refusal::OwnHousehold),
            Stored::Repeated => Self::Refused(Refusal::Repeated),
            Stored::YearClosed => Self::Refused(Refusal::YearClosed),
            Stored::NotInThisState(state, action) => Self::Refused(Refusal::NotInThisState { state, action }),
        }
    }
}

/// Asks for a fresh proof of who is signed in where many are decided on.
///
/// # Errors
/// FORBIDDEN `STEP_UP_NEEDED`.
pub fn prove(ctx: &Context<'_>, items: usize) -> Result<()> {
    if items > MOST_WITHOUT_STEP_UP {
        ctx.stepped_up()?;
    }
    Ok(())
}

/// The registrations of a bulk step, locked, with what everybody is judged by.
pub struct Locked {
    rows: HashMap<RegistrationId, registration::Model>,
    own: HashSet<SubjectId>,
    closed: HashSet<i32>,
}

/// Locks the registrations that the scope reaches: as many statements for two hundred as for one.
///
/// # Errors
/// What the database answers.
pub async fn lock(tx: &Writer<'_>, items: &[Item]) -> Result<Locked> {
    let scope = tx.scope();
    let ids = items
        .iter()
        .filter(|item| item.tenant == scope.tenant())
        .map(|item| item.id);
    // in the order of ids: two heads deciding on the same list wait for each other instead of locking crosswise
    let rows = tx
        .find::<registration::Entity>()
        .filter(registration::Column::Id.is_in(ids))
        .order_by(registration::Column::Id, Order::Asc)
        .for_update()
        .all()
        .await?;
    let rows: HashMap<RegistrationId, registration::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let subjects = rows.values().map(|row| (row.model.subject(), row.subject_id));
    let actor = scope.actor();
    let own = own_among(tx, (actor.account, actor.phone.as_deref()), subjects).await?;
    let closed = closed_among(tx, rows.values().map(|row| row.year)).await?;
    Ok(Locked { rows, own, closed })
}

impl Locked {
    /// The rows, in no order.
    pub fn rows(&self) -> impl Iterator<Item = &registration::Model> {
        self.rows.values()
    }

    /// One of the rows.
    pub fn row(&self, id: RegistrationId) -> Option<&registration::Model> {
        self.rows.get(&id)
    }

    /// Judges each item: by the rules of every step, then by the step's own, which says where the registration goes from
    /// here and how that stands to its window.
    pub fn judge(
        &self,
        scope: &Scope,
        items: &[Item],
        leads: impl Fn(&registration::Model) -> std::result::Result<(RegistrationState, Timing), Refusal>,
    ) -> Judged {
        let mut seen = HashSet::new();
        let mut to: BTreeMap<(RegistrationState, Timing), Vec<registration::Model>> = BTreeMap::new();
        let mut one = |item: &Item| {
            let Some(row) = self.rows.get(&item.id).filter(|_| item.tenant == scope.tenant()) else {
                return Kept::NotFound;
            };
            if !seen.insert(item.id) {
                return Kept::Refused(Refusal::Repeated);
            }
            if item.expected_version.is_some_and(|version| version != row.version) {
                return Kept::Stale;
            }
            if self.own.contains(&row.subject_id) {
                return Kept::Refused(Refusal::OwnHousehold);
            }
            if self.closed.contains(&row.year) {
                return Kept::Refused(Refusal::YearClosed);
            }
            match leads(row) {
                Ok(goal) => {
                    to.entry(goal).or_default().push(row.clone());
                    Kept::Applied
                }
                Err(refusal) => Kept::Refused(refusal),
            }
        };
        let kept = items.iter().map(&mut one).collect();
        Judged { kept, to }
    }
}

/// How something stands to its window, in each ward and year that registrations are of, or why it may not be done there.
pub struct Windows(HashMap<(UnitId, i32), std::result::Result<Timing, Refusal>>);

impl Windows {
    /// Reads the windows of a phase for all registrations that are locked; without a phase nothing is late.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn read(tx: &Writer<'_>, locked: &Locked, phase: Option<Phase>, pressed: Pressed) -> Result<Self> {
        let mut windows = HashMap::new();
        let Some(phase) = phase else {
            return Ok(Self(windows));
        };
        // mostly one: an officer has one ward, and works on one year
        let places: HashSet<(UnitId, i32)> = locked.rows().map(|row| (row.ward_id, row.year)).collect();
        for (ward, year) in places {
            let checked = match check_window(tx, ward, (year, phase), pressed).await {
                Ok(timing) => Ok(timing),
                Err(Error::Refused(refusal)) => Err(refusal),
                Err(error) => return Err(error),
            };
            windows.insert((ward, year), checked);
        }
        Ok(Self(windows))
    }

    /// How a registration stands to its window.
    ///
    /// # Errors
    /// Why it may not be done.
    pub fn timing(&self, row: &registration::Model) -> std::result::Result<Timing, Refusal> {
        let known = self.0.get(&(row.ward_id, row.year));
        known.copied().unwrap_or(Ok(Timing::InTime))
    }
}

/// What is to become of each item.
pub struct Judged {
    /// A word for each item, in the order sent.
    pub kept: Vec<Kept>,
    /// What goes on, by the state it goes into and how that stands to its window.
    to: BTreeMap<(RegistrationState, Timing), Vec<registration::Model>>,
}

impl Judged {
    /// Whether anything goes on at all.
    pub fn any(&self) -> bool {
        !self.to.is_empty()
    }

    /// What goes on, as it was before.
    pub fn rows(&self) -> impl Iterator<Item = &registration::Model> {
        self.to.values().flatten()
    }

    /// Takes the step for all that go on, with the paper that says so if there is one; `words.timing` is the judgement's.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn apply(&self, app: &App, tx: &Writer<'_>, words: Words<'_>, paper: Option<Paper>) -> Result<()> {
        for ((to, timing), rows) in &self.to {
            let words = Words {
                timing: *timing,
                ..words
            };
            store::apply_with(app, tx, rows, *to, words, paper).await?;
        }
        Ok(())
    }
}

/// A result for each item, with its registration as it is now.
///
/// # Errors
/// What the database answers.
pub async fn results(
    ctx: &Context<'_>,
    scope: &Scope,
    items: &[Item],
    kept: Option<Vec<Kept>>,
) -> Result<Vec<DecisionResult>> {
    let Some(kept) = kept else {
        return Ok(Vec::new());
    };
    let language = ctx.request().language;
    let ids: Vec<RegistrationId> = items.iter().map(|item| item.id).collect();
    let rows = read::registrations_by_id(scope, &ids).await?;
    let one = |(item, kept): (&Item, Kept)| {
        let id = encode(NodeKind::Registration, item.tenant, item.id.0);
        // an item that was not found shows no row, even if one of this id is in the scope under another tenant's name
        let row = rows.get(&item.id).filter(|_| kept != Kept::NotFound);
        result(id, kept, row.cloned().map(Registration), language)
    };
    Ok(items.iter().zip(kept).map(one).collect())
}

/// What a client is told of one item.
pub fn result(id: ID, kept: Kept, registration: Option<Registration>, language: Language) -> DecisionResult {
    let (outcome, refusal) = match kept {
        Kept::Applied => (ItemOutcome::Applied, None),
        Kept::NotFound => (ItemOutcome::NotFound, None),
        Kept::Stale => (ItemOutcome::Stale, None),
        Kept::Refused(refusal) => (ItemOutcome::Refused, Some(refusal)),
    };
    let not_found = matches!(outcome, ItemOutcome::NotFound).then(|| Error::NotFound.message(language));
    DecisionResult {
        id,
        outcome,
        rule: refusal.map(|refusal| refusal.rule().to_owned()),
        message: refusal.map(|refusal| refusal.message(language)).or(not_found),
        registration,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_also_as_it_was_kept_before() {
        let refusal = Refusal::NotInThisState {
            state: RegistrationState::Approved,
            action: RegistrationAction::Approve,
        };
        let kept = [
            Kept::Applied,
            Kept::NotFound,
            Kept::Stale,
            Kept::Refused(Refusal::OwnHousehold),
            Kept::Refused(refusal),
        ];
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Kept>>(&text).unwrap(), kept);
        let before = r#"["Applied","NotFound","Stale","OwnHousehold",{"NotInThisState":["APPROVED","APPROVE"]}]"#;
        assert_eq!(serde_json::from_str::<Vec<Kept>>(before).unwrap(), kept);
    }
}
