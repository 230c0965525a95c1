//! What households are entered from.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, NaiveDate, Utc};
use entity::id::{HouseholdId, TenantId, UnitId};
use entity::value::{Address, PartialDate, PersonName, PhoneNumber, Rule};
use uuid::Uuid;

use super::model::Relation;
use crate::error::{Problems, Result};
use crate::global_id::{NodeKind, decode_as, made_on_device};

/// The most people of one household.
const MAX_MEMBERS: usize = 30;

/// A person of a household to be entered.
#[derive(InputObject)]
pub struct MemberInput {
    /// Name, up to 100 characters.
    pub name: String,
    /// Birth date as far as it is known: `1958`, `1958-07` or `1958-07-21`.
    pub birth: Option<String>,
    /// Relation to the head.
    pub relation: Relation,
}

/// A household to be entered.
#[derive(InputObject)]
pub struct CreateHouseholdInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// Its id, made on the device (UUID version 7), so that what is done offline next can name it; the server's unless said.
    pub id: Option<Uuid>,
    /// Its branch; the acting post's own unless said.
    pub branch_id: Option<ID>,
    /// Name of the head, up to 100 characters.
    pub head_name: String,
    /// Phone number as people write it: `0912 345 678`, `+84912345678`.
    pub phone: Option<String>,
    /// Address inside the ward, up to 300 characters.
    pub address: String,
    /// The people of the household, up to 30.
    #[graphql(default)]
    pub members: Vec<MemberInput>,
    /// Insist that it is another family than those shown as candidates.
    #[graphql(default)]
    pub confirm_distinct: bool,
}

/// A household to be corrected. What is left out stays as it is.
#[derive(InputObject)]
pub struct UpdateHouseholdInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The household.
    pub id: ID,
    /// The version the client has read.
    pub expected_version: i32,
    /// Name of the head.
    pub head_name: Option<String>,
    /// Phone number; an empty text removes it.
    pub phone: Option<String>,
    /// Address inside the ward.
    pub address: Option<String>,
    /// The people of the household, all of them anew.
    pub members: Option<Vec<MemberInput>>,
}

/// A person, parsed.
pub struct NewMember {
    /// Name.
    pub name: PersonName,
    /// Birth date as far as known.
    pub birth: Option<PartialDate>,
    /// Relation to the head.
    pub relation: entity::vocabulary::Relation,
}

/// A household, parsed.
pub struct CreateHousehold {
    /// The id made on the device.
    pub id: Option<Uuid>,
    /// Association and id of the branch, if said.
    pub branch: Option<(TenantId, UnitId)>,
    /// Name of the head.
    pub head: PersonName,
    /// Phone number.
    pub phone: Option<PhoneNumber>,
    /// Address.
    pub address: Address,
    /// The people.
    pub members: Vec<NewMember>,
    /// Whether to insist.
    pub confirm_distinct: bool,
}

/// A correction, parsed.
pub struct UpdateHousehold {
    /// Association and id of the household.
    pub household: (TenantId, HouseholdId),
    /// The version read.
    pub expected_version: i32,
    /// Name of the head, if it changes.
    pub head: Option<PersonName>,
    /// Phone number, if it changes; none inside removes it.
    pub phone: Option<Option<PhoneNumber>>,
    /// Address, if it changes.
    pub address: Option<Address>,
    /// The people, if they change.
    pub members: Option<Vec<NewMember>>,
}

/// A household to be moved.
#[derive(InputObject)]
pub struct MoveHouseholdInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The household.
    pub id: ID,
    /// The branch it goes to, of the same association.
    pub branch_id: ID,
    /// The version the client has read.
    pub expected_version: i32,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// A move, parsed.
pub struct MoveHousehold {
    /// Association and id of the household.
    pub household: (TenantId, HouseholdId),
    /// Association and id of the branch.
    pub branch: (TenantId, UnitId),
    /// The version read.
    pub expected_version: i32,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

impl MoveHouseholdInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<MoveHousehold> {
        Ok(MoveHousehold {
            household: decode_as(NodeKind::Household, &self.id, "id")?,
            branch: decode_as(NodeKind::Unit, &self.branch_id, "branchId")?,
            expected_version: self.expected_version,
            device_time: self.device_time,
        })
    }
}

fn members_of(problems: &mut Problems, members: Vec<MemberInput>, today: NaiveDate) -> Vec<NewMember> {
    if members.len() > MAX_MEMBERS {
        problems.push("members", Rule::TooMany { max: MAX_MEMBERS });
        return Vec::new();
    }
    let parsed = members.into_iter().enumerate().filter_map(|(at, member)| {
        let name = problems.take(format!("members.{at}.name"), PersonName::parse(&member.name));
        let birth = member
            .birth
            .as_deref()
            .map(|text| PartialDate::parse(text, today))
            .transpose();
        let birth = problems.take(format!("members.{at}.birth"), birth);
        Some(NewMember {
            name: name?,
            birth: birth?,
            relation: member.relation.into(),
        })
    });
    parsed.collect()
}

impl CreateHouseholdInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID with all that is to be mended.
    pub fn parse(self, today: NaiveDate) -> Result<CreateHousehold> {
        let branch = self
            .branch_id
            .as_ref()
            .map(|id| decode_as(NodeKind::Unit, id, "branchId"))
            .transpose()?;
        let mut problems = Problems::default();
        let id = problems.take("id", made_on_device(self.id));
        let head = problems.take("headName", PersonName::parse(&self.head_name));
        let phone = problems.take(
            "phone",
            PhoneNumber::parse_or_none(self.phone.as_deref().unwrap_or_default()),
        );
        let address = problems.take("address", Address::parse(&self.address));
        let members = members_of(&mut problems, self.members, today);
        let confirm_distinct = self.confirm_distinct;
        let parsed = head.zip(phone).zip(address).zip(id);
        problems.none_or(parsed.map(|(((head, phone), address), id)| CreateHousehold {
            id,
            branch,
            head,
            phone,
            address,
            members,
            confirm_distinct,
        }))
    }
}

impl UpdateHouseholdInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID with all that is to be mended.
    pub fn parse(self, today: NaiveDate) -> Result<UpdateHousehold> {
        let household = decode_as(NodeKind::Household, &self.id, "id")?;
        let mut problems = Problems::default();
        let head = problems.take("headName", self.head_name.as_deref().map(PersonName::parse).transpose());
        let phone = self.phone.as_deref().map(PhoneNumber::parse_or_none).transpose();
        let phone = problems.take("phone", phone);
        let address = problems.take("address", self.address.as_deref().map(Address::parse).transpose());
        let members = self.members.map(|members| members_of(&mut problems, members, today));
        let parsed = head.zip(phone).zip(address);
        problems.none_or(parsed.map(|((head, phone), address)| UpdateHousehold {
            household,
            expected_version: self.expected_version,
            head,
            phone,
            address,
            members,
        }))
    }
}
