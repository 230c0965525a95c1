//! Relay global ids: opaque to clients, carrying type, tenant and id.
//!
//! The tenant inside an id is never believed: a scope reads its own tenant only, and an id of another one is answered
//! exactly like a random one. It is there so that a city officer's request knows which association to ask.

use async_graphql::ID;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::id::TenantId;
use entity::value::Rule;
use uuid::{Uuid, Variant};

use crate::error::{Error, Result};

/// The types that have a global id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// A unit.
    Unit,
    /// A household.
    Household,
    /// A registration.
    Registration,
    /// A post.
    Post,
    /// A proposed post.
    PostProposal,
    /// An account; it belongs to no tenant, so its tenant part is nil.
    Account,
    /// A session; it belongs to no tenant either.
    Session,
    /// An invitation.
    Invitation,
    /// A notice; it belongs to no tenant.
    Notice,
    /// A criteria set; its tenant is the city that published it.
    CriteriaSet,
    /// A score sheet.
    ScoreSheet,
    /// The minutes of a branch meeting.
    Assessment,
    /// A ward's list to its People's Committee.
    Submission,
    /// A decision of a People's Committee.
    Decision,
    /// A complaint.
    Complaint,
    /// A certificate.
    Certificate,
    /// A clan, institution or community.
    Collective,
    /// A citizen.
    Citizen,
    /// A file of evidence.
    Evidence,
}

impl NodeKind {
    const fn letter(self) -> u8 {
        match self {
            Self::Unit => b'U',
            Self::Household => b'H',
            Self::Registration => b'R',
            Self::Post => b'P',
            Self::PostProposal => b'Q',
            Self::Account => b'A',
            Self::Session => b'S',
            Self::Invitation => b'I',
            Self::Notice => b'N',
            Self::CriteriaSet => b'C',
            Self::ScoreSheet => b'T',
            Self::Assessment => b'M',
            Self::Submission => b'L',
            Self::Decision => b'D',
            Self::Complaint => b'K',
            Self::Certificate => b'G',
            Self::Collective => b'O',
            Self::Citizen => b'Z',
            Self::Evidence => b'E',
        }
    }

    fn of(letter: u8) -> Option<Self> {
        [
            Self::Unit,
            Self::Household,
            Self::Registration,
            Self::Post,
            Self::PostProposal,
            Self::Account,
            Self::Session,
            Self::Invitation,
            Self::Notice,
            Self::CriteriaSet,
            Self::ScoreSheet,
            Self::Assessment,
            Self::Submission,
            Self::Decision,
            Self::Complaint,
            Self::Certificate,
            Self::Collective,
            Self::Citizen,
            Self::Evidence,
        ]
        .into_iter()
        .find(|kind| kind.letter() == letter)
    }
}

/// A global id taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlobalId {
    /// Its type.
    pub kind: NodeKind,
    /// The tenant it claims to belong to.
    pub tenant: TenantId,
    /// The row's own id.
    pub id: Uuid,
}

/// Makes the global id of a row.
pub fn encode(kind: NodeKind, tenant: TenantId, id: impl Into<Uuid>) -> ID {
    let mut bytes = Vec::with_capacity(33);
    bytes.push(kind.letter());
    bytes.extend_from_slice(tenant.0.as_bytes());
    bytes.extend_from_slice(id.into().as_bytes());
    ID(URL_SAFE_NO_PAD.encode(bytes))
}

/// Takes any global id apart; `path` says where it stood in the input.
///
/// # Errors
/// INVALID `NOT_AN_ID` for what this server never gave out.
pub fn decode(id: &ID, path: &str) -> Result<GlobalId> {
    parse(id).ok_or_else(|| Error::invalid(path, Rule::NotAnId))
}

/// Takes a global id of one type apart.
///
/// # Errors
/// INVALID `NOT_AN_ID` for what this server never gave out, or gave out for another type.
pub fn decode_as<T: From<Uuid>>(kind: NodeKind, id: &ID, path: &str) -> Result<(TenantId, T)> {
    let found = decode(id, path)?;
    if found.kind != kind {
        return Err(Error::invalid(path, Rule::NotAnId));
    }
    Ok((found.tenant, T::from(found.id)))
}

/// An id that a device has made for a record: UUID version 7, so that it keeps the order of time like those made here.
///
/// # Errors
/// `NOT_A_DEVICE_ID` for any other.
pub fn made_on_device(id: Option<Uuid>) -> std::result::Result<Option<Uuid>, Rule> {
    match id {
        Some(id) if (id.get_version_num(), id.get_variant()) != (7, Variant::RFC4122) => Err(Rule::NotADeviceId),
        id => Ok(id),
    }
}

fn parse(id: &ID) -> Option<GlobalId> {
    let bytes = URL_SAFE_NO_PAD.decode(id.as_bytes()).ok()?;
    let (letter, rest) = bytes.split_first()?;
    let (tenant, id) = rest.split_at_checked(16)?;
    Some(GlobalId {
        kind: NodeKind::of(*letter)?,
        tenant: TenantId(Uuid::from_slice(tenant).ok()?),
        id: Uuid::from_slice(id).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_as_it_went() {
        let (tenant, id) = (TenantId(Uuid::from_u128(7)), Uuid::from_u128(9));
        let global = encode(NodeKind::Household, tenant, id);
        assert_eq!(
            decode(&global, "id").unwrap(),
            GlobalId {
                kind: NodeKind::Household,
                tenant,
                id
            }
        );
        assert!(decode_as::<Uuid>(NodeKind::Unit, &global, "id").is_err());
    }

    #[test]
    fn a_device_makes_ids_of_version_7_only() {
        let made: Uuid = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        assert_eq!(made_on_device(Some(made)), Ok(Some(made)));
        assert_eq!(made_on_device(None), Ok(None));
        for other in [Uuid::nil(), Uuid::max(), Uuid::from_u128(7 << 76), Uuid::new_v4()] {
            assert_eq!(made_on_device(Some(other)), Err(Rule::NotADeviceId), "{other}");
        }
    }

    /// The vector of `api/docs/mobile.md`: phones reckon the global ids of what they have made themselves.
    #[test]
    fn a_phone_reckons_the_global_id_of_what_it_has_made() {
        let tenant = TenantId("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap());
        let id: Uuid = "01890a5d-ac97-7000-8000-000000000001".parse().unwrap();
        assert_eq!(
            encode(NodeKind::Household, tenant, id).as_str(),
            "SAGJCl2slndLvM6zAgmagFcBiQpdrJdwAIAAAAAAAAAB"
        );
    }

    #[test]
    fn what_was_never_given_out_is_refused() {
        for text in ["", "x", "%%%", "SGVsbG8", &"A".repeat(5000)] {
            assert_eq!(decode(&ID(text.to_owned()), "id").unwrap_err().code(), "INVALID");
        }
    }
}
