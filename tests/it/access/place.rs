//! Where the rows lie that everybody is tried on, seen from the first branch.

use entity::vocabulary::Role;
use serde_json::json;
use tests::factory::{World, account_id, appoint, create_household, mutate, parts, register};
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
    }
    places
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
