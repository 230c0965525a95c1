//! What clans, institutions and communities are entered from.

use async_graphql::{ID, InputObject};
use entity::id::{CollectiveId, TenantId, UnitId};
use entity::value::{Address, PersonName, PhoneNumber, Rule, UnitName};
use entity::vocabulary::{self, SubjectKind};
use uuid::Uuid;

use super::model::CollectiveKind;
use crate::criteria::CriteriaVariant;
use crate::error::{Problems, Result};
use crate::global_id::{NodeKind, decode_as, made_on_device};

/// The most people of an institution: a university.
const MAX_PEOPLE: i32 = 200_000;

/// A clan, institution or community to be entered.
#[derive(InputObject)]
pub struct CreateCollectiveInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// Its id, made on the device (UUID version 7), so that what is done offline next can name it; the server's unless said.
    pub id: Option<Uuid>,
    /// Which of the three.
    pub kind: CollectiveKind,
    /// Its branch; the acting post's own unless said.
    pub branch_id: Option<ID>,
    /// Its name, up to 120 characters.
    pub name: String,
    /// Name of its head, up to 100 characters.
    pub head_name: String,
    /// The head's phone number as people write it.
    pub phone: Option<String>,
    /// Address inside the ward, up to 300 characters.
    pub address: String,
    /// Of an institution, and needed for one: WARD_MANAGED or STATE_MANAGED.
    pub variant: Option<CriteriaVariant>,
    /// Of an institution: how many people work or learn there, 1 to 200000.
    pub people: Option<i32>,
    /// Insist that it is another one than those shown as candidates.
    #[graphql(default)]
    pub confirm_distinct: bool,
}

/// A clan, institution or community to be corrected. What is left out stays as it is.
#[derive(InputObject)]
pub struct UpdateCollectiveInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// Which one.
    pub id: ID,
    /// The version the client has read.
    pub expected_version: i32,
    /// Its name.
    pub name: Option<String>,
    /// Name of its head.
    pub head_name: Option<String>,
    /// The head's phone number; an empty text removes it.
    pub phone: Option<String>,
    /// Address inside the ward.
    pub address: Option<String>,
    /// Of an institution: WARD_MANAGED or STATE_MANAGED.
    pub variant: Option<CriteriaVariant>,
    /// Of an institution: how many people work or learn there.
    pub people: Option<i32>,
}

/// A collective, parsed.
pub struct CreateCollective {
    /// The id made on the device.
    pub id: Option<Uuid>,
    /// Which of the three.
    pub kind: SubjectKind,
    /// Association and id of the branch, if said.
    pub branch: Option<(TenantId, UnitId)>,
    /// Its name.
    pub name: UnitName,
    /// Name of its head.
    pub head: PersonName,
    /// The head's phone number.
    pub phone: Option<PhoneNumber>,
    /// Address.
    pub address: Address,
    /// The form of its criteria.
    pub variant: Option<vocabulary::CriteriaVariant>,
    /// How many people it has.
    pub people: Option<i32>,
    /// Whether to insist.
    pub confirm_distinct: bool,
}

/// A correction, parsed. What does not fit the kind is refused when the row is read.
pub struct UpdateCollective {
    /// Association and id.
    pub collective: (TenantId, CollectiveId),
    /// The version read.
    pub expected_version: i32,
    /// Its name, if it changes.
    pub name: Option<UnitName>,
    /// Name of its head, if it changes.
    pub head: Option<PersonName>,
    /// The phone number, if it changes; none inside removes it.
    pub phone: Option<Option<PhoneNumber>>,
    /// Address, if it changes.
    pub address: Option<Address>,
    /// The form of its criteria, if it changes.
    pub variant: Option<vocabulary::CriteriaVariant>,
    /// How many people it has, if that changes.
    pub people: Option<i32>,
}

/// What only an institution says, as it is said of a kind.
pub fn check_kind(
    kind: SubjectKind,
    variant: Option<vocabulary::CriteriaVariant>,
    people: Option<i32>,
) -> Vec<(&'static str, Rule)> {
    let mut wrong = Vec::new();
    if variant.is_some_and(|variant| !kind.variants().contains(&variant)) {
        wrong.push(("variant", Rule::NotOfThisKind));
    }
    if kind != SubjectKind::Institution && people.is_some() {
        wrong.push(("people", Rule::NotOfThisKind));
    }
    wrong
}

fn people(people: Option<i32>) -> std::result::Result<Option<i32>, Rule> {
    let range = 1..=MAX_PEOPLE;
    if people.is_some_and(|people| !range.contains(&people)) {
        return Err(Rule::OutOfRange {
            min: 1,
            max: MAX_PEOPLE.into(),
        });
    }
    Ok(people)
}

impl CreateCollectiveInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID with all that is to be mended.
    pub fn parse(self) -> Result<CreateCollective> {
        let branch = self
            .branch_id
            .as_ref()
            .map(|id| decode_as(NodeKind::Unit, id, "branchId"))
            .transpose()?;
        let kind = SubjectKind::from(self.kind);
        let variant = self.variant.map(vocabulary::CriteriaVariant::from);
        let mut problems = Problems::default();
        let id = problems.take("id", made_on_device(self.id));
        let name = problems.take("name", UnitName::parse(&self.name));
        let head = problems.take("headName", PersonName::parse(&self.head_name));
        let phone = problems.take(
            "phone",
            PhoneNumber::parse_or_none(self.phone.as_deref().unwrap_or_default()),
        );
        let address = problems.take("address", Address::parse(&self.address));
        let people = problems.take("people", people(self.people));
        for (path, rule) in check_kind(kind, variant, self.people) {
            problems.push(path, rule);
        }
        if variant.is_none() && !kind.variants().is_empty() {
            problems.push("variant", Rule::Required);
        }
        let parsed = name.zip(head).zip(phone).zip(address).zip(people).zip(id);
        problems.none_or(
            parsed.map(|(((((name, head), phone), address), people), id)| CreateCollective {
                id,
                kind,
                branch,
                name,
                head,
                phone,
                address,
                variant,
                people,
                confirm_distinct: self.confirm_distinct,
            }),
        )
    }
}

impl UpdateCollectiveInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID with all that is to be mended.
    pub fn parse(self) -> Result<UpdateCollective> {
        let collective = decode_as(NodeKind::Collective, &self.id, "id")?;
        let mut problems = Problems::default();
        let name = problems.take("name", self.name.as_deref().map(UnitName::parse).transpose());
        let head = problems.take("headName", self.head_name.as_deref().map(PersonName::parse).transpose());
        let phone = self.phone.as_deref().map(PhoneNumber::parse_or_none).transpose();
        let phone = problems.take("phone", phone);
        let address = problems.take("address", self.address.as_deref().map(Address::parse).transpose());
        let people = problems.take("people", people(self.people));
        let parsed = name.zip(head).zip(phone).zip(address).zip(people);
        problems.none_or(
            parsed.map(|((((name, head), phone), address), people)| UpdateCollective {
                collective,
                expected_version: self.expected_version,
                name,
                head,
                phone,
                address,
                variant: self.variant.map(vocabulary::CriteriaVariant::from),
                people,
            }),
        )
    }
}
