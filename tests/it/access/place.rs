//! Where the rows lie that everybody is tried on, seen from the first branch.

use entity::id::{AccountId, RegistrationId, TenantId, UnitId};
use entity::scope::{DbError, Writer};
use entity::table::{assessment, assessment_item, certificate, complaint, decision, evidence, submission};
use entity::vocabulary::{ComplaintState, DecisionKind, EvidenceFormat, EvidenceState, LearningModel, Role};
use khuyenhoc::global_id::{NodeKind, decode_as, encode};
use serde_json::json;
use tests::app::{START, moment};
use tests::factory::{World, YEAR, account_id, appoint, create_household, mutate, operator, parts, register};
use uuid::Uuid;

/// Where a target lies, seen from the first branch, whose people ask.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) name: &'static str,
    pub(super) district: Option<usize>,
    pub(super) ward: Option<usize>,
    pub(super) branch: Option<usize>,
    /// Whether the household is the asking family's.
    pub(super) own: bool,
    pub(super) unit: String,
    pub(super) household: String,
    pub(super) registration: String,
    /// An account with a family's post there, that nobody in these tests is signed in with.
    pub(super) account: String,
    /// That account's post.
    pub(super) post: String,
    /// An invitation of the household.
    pub(super) invitation: String,
    /// A list of its ward.
    pub(super) submission: String,
    /// A decision of its ward's People's Committee.
    pub(super) decision: String,
    /// The minutes of a meeting of its branch that assessed the registration.
    pub(super) assessment: String,
    /// A complaint about the registration.
    pub(super) complaint: String,
    /// A clan, managed by the family where it is the asking family's.
    pub(super) clan: String,
    /// A citizen of the household.
    pub(super) citizen: String,
    /// A file of evidence of the registration.
    pub(super) evidence: String,
}

impl Place {
    fn branch(world: &World, name: &'static str, (district, ward, branch): (usize, usize, usize)) -> Self {
        let found = world.branch(district, ward, branch);
        Self {
            name,
            district: Some(district),
            ward: Some(ward),
            branch: Some(branch),
            own: (district, ward, branch) == (0, 0, 0),
            unit: found.unit.clone(),
            household: found.household.clone(),
            registration: found.registration.clone(),
            account: String::new(),
            post: String::new(),
            invitation: String::new(),
            submission: String::new(),
            decision: String::new(),
            assessment: String::new(),
            complaint: String::new(),
            clan: String::new(),
            citizen: String::new(),
            evidence: String::new(),
        }
    }

    fn unit(name: &'static str, district: Option<usize>, ward: Option<usize>, unit: &str) -> Self {
        Self {
            name,
            district,
            ward,
            branch: None,
            own: false,
            unit: unit.to_owned(),
            household: String::new(),
            registration: String::new(),
            account: String::new(),
            post: String::new(),
            invitation: String::new(),
            submission: String::new(),
            decision: String::new(),
            assessment: String::new(),
            complaint: String::new(),
            clan: String::new(),
            citizen: String::new(),
            evidence: String::new(),
        }
    }

    pub(super) fn in_my_branch(&self) -> bool {
        (self.district, self.ward, self.branch) == (Some(0), Some(0), Some(0))
    }

    pub(super) fn in_my_ward(&self) -> bool {
        (self.district, self.ward) == (Some(0), Some(0))
    }
}

/// Branches with a family and a registration each.
pub(super) async fn families(world: &World) -> Vec<Place> {
    let head = &world.branch(0, 0, 0).head.client;
    let input = json!({"headName": "Hàng Thị Xóm", "address": "Số 100"});
    let household = create_household(head, input).await;
    let answer = register(head, &household, Uuid::new_v4()).await.ok();
    let neighbour = Place {
        name: "neighbour",
        own: false,
        household,
        registration: answer.text("registerHousehold.registration.id"),
        ..Place::branch(world, "", (0, 0, 0))
    };
    let mut places = vec![
        Place::branch(world, "own", (0, 0, 0)),
        neighbour,
        Place::branch(world, "sibling branch", (0, 0, 1)),
        Place::branch(world, "other ward", (0, 1, 0)),
        Place::branch(world, "other tenant", (1, 0, 0)),
    ];
    for place in &mut places {
        let (tenant, _) = parts(&place.unit);
        let person = appoint(&world.app, tenant, &place.unit, Role::Family, "Hàng Thị Xa", None).await;
        place.account = account_id(person.account);
        place.post = person.post_id;
        let (Some(district), Some(ward)) = (place.district, place.ward) else {
            continue;
        };
        let officer = &world.ward(district, ward).officer.client;
        let answer = mutate(officer, "createInvitations", json!({"householdIds": [place.household]}))
            .await
            .ok();
        place.invitation = answer.text("createInvitations.results.0.invitation.id");
        subjects(world, place).await;
        papers(world, place, tenant, &world.ward(district, ward).unit).await;
    }
    places
}

/// A clan and a citizen of a place; the asking family has entered its own.
async fn subjects(world: &World, place: &mut Place) {
    let (Some(district), Some(ward), Some(branch)) = (place.district, place.ward, place.branch) else {
        return;
    };
    let branch = world.branch(district, ward, branch);
    let author = if place.own { &branch.family } else { &branch.head };
    let clan = json!({"kind": "CLAN", "name": place.name, "headName": "Hồ Văn Trưởng", "address": "Số 1"});
    let clan = mutate(&author.client, "createCollective", clan).await.ok();
    place.clan = clan.text("createCollective.collective.id");
    let citizen = json!({"householdId": place.household, "name": "Hàng Thị Lớn", "birth": "1970", "variant": "WORKER",
        "confirmDistinct": true});
    let citizen = mutate(&author.client, "createCitizen", citizen).await.ok();
    place.citizen = citizen.text("createCitizen.citizen.id");
}

/// A list, a decision, a certificate and a complaint of a place: what its registration would have in autumn.
async fn papers(world: &World, place: &mut Place, tenant: TenantId, ward: &str) {
    let (_, ward_id) = parts(ward);
    let (_, branch_id) = parts(&place.unit);
    let (_, registration_id): (_, RegistrationId) =
        decode_as(NodeKind::Registration, &place.registration.as_str().into(), "id").expect("an id");
    let (account_id, now) = (world.officer.account, moment(START));
    let list = submission::Model {
        tenant_id: tenant,
        id: Uuid::new_v4().into(),
        ward_id,
        model: LearningModel::LearningFamily,
        year: YEAR,
        number: Uuid::new_v4().to_string(),
        submitted_on: now.date_naive(),
        signer_name: "Đỗ Văn Phường".to_owned(),
        signer_title: "Chủ tịch Hội".to_owned(),
        remarks: None,
        account_id,
        actor_name: "Đỗ Văn Phường".to_owned(),
        created_at: now,
    };
    let decision = decision::Model {
        tenant_id: tenant,
        id: Uuid::new_v4().into(),
        ward_id,
        year: YEAR,
        kind: DecisionKind::Recognition,
        number: Uuid::new_v4().to_string(),
        decided_on: now.date_naive(),
        authority: "UBND phường".to_owned(),
        signer_name: "Trịnh Văn Ký".to_owned(),
        signer_title: "Chủ tịch".to_owned(),
        account_id,
        actor_name: "Đỗ Văn Phường".to_owned(),
        created_at: now,
    };
    let (meeting, votes) = meeting(tenant, (branch_id, ward_id), registration_id, account_id);
    let complaint = complaint::Model {
        tenant_id: tenant,
        id: Uuid::new_v4().into(),
        registration_id,
        branch_id,
        ward_id,
        state: ComplaintState::Open,
        words: "Chưa đúng".to_owned(),
        complainant_name: None,
        account_id,
        created_at: now,
        answer: None,
        answered_by: None,
        answered_at: None,
    };
    // unique in the ward: ids here end in random bytes
    let [.., high, low] = *registration_id.0.as_bytes();
    let number = i32::from(u16::from_be_bytes([high, low]));
    let certificate = certificate::Model {
        tenant_id: tenant,
        id: Uuid::new_v4().into(),
        registration_id,
        branch_id,
        ward_id,
        year: YEAR,
        model: LearningModel::LearningFamily,
        number,
        code: Uuid::new_v4().to_string(),
        holder_name: "Nguyễn Văn Nhà".to_owned(),
        holder_address: "Số 1".to_owned(),
        ward_name: "Phường 1".to_owned(),
        decision_number: decision.number.clone(),
        decided_on: decision.decided_on,
        authority: decision.authority.clone(),
        signer_name: decision.signer_name.clone(),
        signer_title: decision.signer_title.clone(),
        rank: None,
        sample: true,
        issued_at: now,
        prints: 0,
        revoked_by_decision: None,
        revoked_on: None,
    };
    place.submission = encode(NodeKind::Submission, tenant, list.id.0).to_string();
    place.decision = encode(NodeKind::Decision, tenant, decision.id.0).to_string();
    place.assessment = encode(NodeKind::Assessment, tenant, meeting.id.0).to_string();
    let file = file(tenant, (branch_id, ward_id), registration_id, world);
    place.evidence = encode(NodeKind::Evidence, tenant, file.id.0).to_string();
    place.complaint = encode(NodeKind::Complaint, tenant, complaint.id.0).to_string();
    let scope = operator(&world.app, tenant);
    let written = scope
        .write(async |tx: &Writer<'_>| -> Result<(), DbError> {
            tx.insert::<submission::Entity>(list).await?;
            tx.insert::<decision::Entity>(decision).await?;
            tx.insert::<complaint::Entity>(complaint).await?;
            tx.insert::<evidence::Entity>(file).await?;
            tx.insert::<assessment::Entity>(meeting).await?;
            tx.insert::<assessment_item::Entity>(votes).await?;
            tx.insert::<certificate::Entity>(certificate).await
        })
        .await;
    written.expect("papers");
}

/// A file of evidence whose bytes have not come.
fn file(
    tenant: TenantId,
    (branch_id, ward_id): (UnitId, UnitId),
    registration_id: RegistrationId,
    world: &World,
) -> evidence::Model {
    let family = &world
        .branch(usize::from(world.district(1).tenant == tenant), 0, 0)
        .family;
    let now = moment(START);
    evidence::Model {
        tenant_id: tenant,
        id: Uuid::new_v4().into(),
        registration_id,
        branch_id,
        ward_id,
        indicator: None,
        file_name: "anh.jpg".to_owned(),
        format: EvidenceFormat::Jpeg,
        size: 1,
        sha256: "0".repeat(64),
        received: 0,
        pieces: String::new(),
        state: EvidenceState::WaitingForBytes,
        fault: None,
        unsettled: true,
        account_id: family.account,
        actor_name: "Nguyễn Văn Nhà".to_owned(),
        post_id: family.post,
        role: Role::Family,
        created_at: now,
        changed_at: now,
    }
}

/// The minutes of a meeting that assessed a registration.
fn meeting(
    tenant: TenantId,
    (branch_id, ward_id): (UnitId, UnitId),
    registration_id: RegistrationId,
    account_id: AccountId,
) -> (assessment::Model, assessment_item::Model) {
    let now = moment(START);
    let meeting = assessment::Model {
        tenant_id: tenant,
        id: Uuid::new_v4().into(),
        branch_id,
        ward_id,
        model: LearningModel::LearningFamily,
        year: YEAR,
        held_on: now.date_naive(),
        place: "Nhà văn hoá".to_owned(),
        chair_name: "Vũ Thị Chi".to_owned(),
        secretary_name: "Lê Văn Ghi".to_owned(),
        present: 40,
        remarks: None,
        posted_until: None,
        account_id,
        actor_name: "Vũ Thị Chi".to_owned(),
        created_at: now,
    };
    let votes = assessment_item::Model {
        tenant_id: tenant,
        id: Uuid::new_v4().into(),
        assessment_id: meeting.id,
        registration_id,
        branch_id,
        ward_id,
        votes_for: 40,
        votes_against: 0,
        remark: None,
    };
    (meeting, votes)
}

/// Units of every level, and whose they are.
pub(super) fn units(world: &World) -> Vec<Place> {
    vec![
        Place::branch(world, "own branch", (0, 0, 0)),
        Place::branch(world, "sibling branch", (0, 0, 1)),
        Place::branch(world, "other ward's branch", (0, 1, 0)),
        Place::branch(world, "other tenant's branch", (1, 0, 0)),
        Place::unit("own ward", Some(0), Some(0), &world.ward(0, 0).unit),
        Place::unit("sibling ward", Some(0), Some(1), &world.ward(0, 1).unit),
        Place::unit("own district", Some(0), None, &world.district(0).unit),
        Place::unit("other tenant", Some(1), None, &world.district(1).unit),
        Place::unit("city", None, None, &world.unit),
    ]
}
