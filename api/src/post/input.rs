//! What appointments are made from.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entity::id::{AccountId, PostId, PostProposalId, TenantId, UnitId};
use entity::value::{LongText, PersonName, PhoneNumber, Rule, ShortText, UserName};
use serde::Serialize;
use uuid::Uuid;

use super::rules::Span;
use crate::account::Role;
use crate::error::{Error, Problem, Result};
use crate::global_id::{NodeKind, decode_as};

/// A person by what they sign in with; exactly one of `phone` and `userName`.
#[derive(InputObject)]
pub struct NewAccountInput {
    /// The person's name, up to 100 characters.
    pub name: String,
    /// Phone number as people write it. If somebody signs in with it already, they are the one who is appointed.
    pub phone: Option<String>,
    /// A user name that nobody has yet.
    pub user_name: Option<String>,
}

/// A person to be appointed; exactly one of the two.
#[derive(InputObject)]
pub struct HolderInput {
    /// Somebody who holds or has held a post within the viewer's reach.
    pub account_id: Option<ID>,
    /// Anybody else. The account has no password: an officer gives its owner a recovery code.
    pub new_account: Option<NewAccountInput>,
}

/// A post to be given.
#[derive(InputObject)]
pub struct AppointPostInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// Somebody who holds or has held a post within the viewer's reach; else `newAccount`.
    pub account_id: Option<ID>,
    /// Anybody else. The account has no password: an officer gives its owner a recovery code.
    pub new_account: Option<NewAccountInput>,
    /// What the post lets the person do; below the viewer's own role.
    pub role: Role,
    /// Where: a unit of the role's level.
    pub unit_id: ID,
    /// First moment it gives rights; at most 31 days ago.
    pub valid_from: DateTime<Utc>,
    /// First moment it gives none any more; without an end unless said.
    pub valid_until: Option<DateTime<Utc>>,
    /// Number of the decision of appointment, up to 200 characters.
    pub decision_number: String,
}

/// A post to be ended.
#[derive(InputObject)]
pub struct EndPostInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The post.
    pub post_id: ID,
    /// First moment it gives nothing any more; now unless said.
    pub valid_until: Option<DateTime<Utc>>,
    /// Why, up to 2000 characters.
    pub reason: Option<String>,
}

/// A post to be handed over.
#[derive(InputObject)]
pub struct HandOverPostInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The post.
    pub post_id: ID,
    /// Who holds it next.
    pub successor: HolderInput,
    /// The moment at which the one ends and the other begins; what has passed of today counts as now.
    pub from: DateTime<Utc>,
    /// First moment the successor's post gives nothing any more; as the one before unless said.
    pub valid_until: Option<DateTime<Utc>>,
    /// Number of the decision of appointment, up to 200 characters.
    pub decision_number: String,
}

/// A proposal to be confirmed.
#[derive(InputObject)]
pub struct ConfirmPostInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The proposal.
    pub proposal_id: ID,
}

/// A proposal to be refused.
#[derive(InputObject)]
pub struct RefusePostInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The proposal.
    pub proposal_id: ID,
    /// Why, up to 2000 characters.
    pub reason: Option<String>,
}

/// Somebody to be appointed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// An account.
    Account(AccountId),
    /// Whoever signs in with this phone number, now or from now on.
    Phone(PersonName, PhoneNumber),
    /// Somebody new.
    UserName(PersonName, UserName),
}

impl Holder {
    /// As a part of what was asked.
    pub fn payload(&self) -> impl Serialize + '_ {
        match self {
            Self::Account(account) => (Some(*account), None, None),
            Self::Phone(name, phone) => (None, Some(name.as_str()), Some(phone.as_str())),
            Self::UserName(name, user_name) => (None, Some(name.as_str()), Some(user_name.as_str())),
        }
    }
}

/// A post to be given, parsed.
pub struct Appoint {
    /// To whom.
    pub holder: Holder,
    /// What it lets them do.
    pub role: entity::vocabulary::Role,
    /// Association and id of the unit.
    pub unit: (TenantId, UnitId),
    /// When, as it was asked.
    pub span: Span,
    /// Number of the decision.
    pub decision: ShortText,
}

/// A post to be ended, parsed.
pub struct End {
    /// Association and id of the post.
    pub post: (TenantId, PostId),
    /// When; at once unless said.
    pub until: Option<DateTime<Utc>>,
    /// Why.
    pub reason: Option<LongText>,
}

/// A post to be handed over, parsed.
pub struct HandOver {
    /// Association and id of the post.
    pub post: (TenantId, PostId),
    /// To whom.
    pub holder: Holder,
    /// When, as it was asked.
    pub span: Span,
    /// Number of the decision.
    pub decision: ShortText,
}

impl AppointPostInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<Appoint> {
        let unit = decode_as(NodeKind::Unit, &self.unit_id, "unitId")?;
        Ok(Appoint {
            holder: holder("", self.account_id.as_ref(), self.new_account.as_ref())?,
            role: self.role.into(),
            unit,
            span: Span {
                from: self.valid_from,
                until: self.valid_until,
            },
            decision: decision(&self.decision_number)?,
        })
    }
}

impl EndPostInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<End> {
        Ok(End {
            post: decode_as(NodeKind::Post, &self.post_id, "postId")?,
            until: self.valid_until,
            reason: reason(self.reason.as_deref())?,
        })
    }
}

impl HandOverPostInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<HandOver> {
        let successor = &self.successor;
        Ok(HandOver {
            post: decode_as(NodeKind::Post, &self.post_id, "postId")?,
            holder: holder(
                "successor.",
                successor.account_id.as_ref(),
                successor.new_account.as_ref(),
            )?,
            span: Span {
                from: self.from,
                until: self.valid_until,
            },
            decision: decision(&self.decision_number)?,
        })
    }
}

impl ConfirmPostInput {
    /// Association and id of the proposal.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<(TenantId, PostProposalId)> {
        decode_as(NodeKind::PostProposal, &self.proposal_id, "proposalId")
    }
}

impl RefusePostInput {
    /// Association and id of the proposal, and why it is refused.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<((TenantId, PostProposalId), Option<LongText>)> {
        let id = decode_as(NodeKind::PostProposal, &self.proposal_id, "proposalId")?;
        Ok((id, reason(self.reason.as_deref())?))
    }
}

/// Exactly one way to name a person.
fn holder(path: &str, account: Option<&ID>, new: Option<&NewAccountInput>) -> Result<Holder> {
    match (account, new) {
        (Some(id), None) => {
            let id = decode_as(NodeKind::Account, id, &format!("{path}accountId"));
            id.map(|(_, account)| Holder::Account(account))
        }
        (None, Some(new)) => new_account(&format!("{path}newAccount"), new),
        (None, None) => Err(Error::invalid(format!("{path}accountId"), Rule::Required)),
        (Some(_), Some(_)) => Err(Error::invalid(format!("{path}newAccount"), Rule::TooMany { max: 0 })),
    }
}

fn new_account(path: &str, new: &NewAccountInput) -> Result<Holder> {
    let mut problems = Vec::new();
    let mut note = |field: &str, rule| {
        problems.push(Problem {
            path: format!("{path}.{field}"),
            rule,
        });
    };
    let name = PersonName::parse(&new.name).map_err(|rule| note("name", rule)).ok();
    let found = match (&new.phone, &new.user_name, name) {
        (Some(phone), None, name) => PhoneNumber::parse(phone)
            .map_err(|rule| note("phone", rule))
            .ok()
            .zip(name)
            .map(|(phone, name)| Holder::Phone(name, phone)),
        (None, Some(user_name), name) => UserName::parse(user_name)
            .map_err(|rule| note("userName", rule))
            .ok()
            .zip(name)
            .map(|(user_name, name)| Holder::UserName(name, user_name)),
        (None, None, _) => {
            note("phone", Rule::Required);
            None
        }
        (Some(_), Some(_), _) => {
            note("userName", Rule::TooMany { max: 0 });
            None
        }
    };
    found.ok_or(Error::Invalid(problems))
}

fn decision(number: &str) -> Result<ShortText> {
    ShortText::parse(number).map_err(|rule| Error::invalid("decisionNumber", rule))
}

/// An empty text stands for none: forms send one.
fn reason(text: Option<&str>) -> Result<Option<LongText>> {
    let given = text.filter(|text| !text.trim().is_empty());
    let parsed = given.map(LongText::parse).transpose();
    parsed.map_err(|rule| Error::invalid("reason", rule))
}
