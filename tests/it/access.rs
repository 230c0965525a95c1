//! Every root field, every role, every place: what happens must be what the policy table says.
//!
//! The expectation is worked out here from the table alone, by plain comparison of places, not by the code that
//! enforces it. A field without a row, or without an operation to try it, fails.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use entity::vocabulary::Role;
use khuyenhoc::access::Permission;
use khuyenhoc::access::gate::reach;
use khuyenhoc::access::policy::{FIELDS, Need, Operation, Reach};
use khuyenhoc::schema;
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, YEAR, create_household, register};
use tests::operation;
use uuid::Uuid;

/// Root fields of the schema as clients see it.
fn root_fields() -> Vec<(Operation, String)> {
    let document = parse_schema(schema::sdl()).expect("the SDL parses");
    let mut fields = Vec::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let operation = match definition.node.name.node.as_str() {
            "Query" => Operation::Query,
            "Mutation" => Operation::Mutation,
            _ => continue,
        };
        let TypeKind::Object(object) = definition.node.kind else {
            continue;
        };
        fields.extend(
            object
                .fields
                .iter()
                .map(|field| (operation, field.node.name.node.to_string())),
        );
    }
    fields
}

/// Where a target lies, seen from the first branch, whose people ask.
#[derive(Clone)]
struct Place {
    name: &'static str,
    district: Option<usize>,
    ward: Option<usize>,
    branch: Option<usize>,
    /// Whether the household is the asking family's.
    own: bool,
    unit: String,
    household: String,
    registration: String,
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
        }
    }

    fn in_my_branch(&self) -> bool {
        (self.district, self.ward, self.branch) == (Some(0), Some(0), Some(0))
    }

    fn in_my_ward(&self) -> bool {
        (self.district, self.ward) == (Some(0), Some(0))
    }
}

/// Branches with a family and a registration each.
async fn families(world: &World) -> Vec<Place> {
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
    vec![
        Place::branch(world, "own", (0, 0, 0)),
        neighbour,
        Place::branch(world, "sibling branch", (0, 0, 1)),
        Place::branch(world, "other ward", (0, 1, 0)),
        Place::branch(world, "other tenant", (1, 0, 0)),
    ]
}

fn units(world: &World) -> Vec<Place> {
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

/// Whether a reach covers a family's rows.
fn covers_family(reach: Reach, place: &Place) -> bool {
    match reach {
        Reach::Never => false,
        Reach::Own => place.own,
        Reach::Branch => place.in_my_branch(),
        Reach::Ward => place.in_my_ward(),
        Reach::Tenant => place.district == Some(0),
        Reach::City => true,
    }
}

/// Whether a reach covers all of a unit.
fn covers_unit(reach: Reach, place: &Place) -> bool {
    match reach {
        Reach::Never | Reach::Own => false,
        Reach::Branch => place.in_my_branch(),
        Reach::Ward => place.in_my_ward(),
        Reach::Tenant => place.district == Some(0),
        Reach::City => true,
    }
}

/// One way to try a field: where, with what, and what the table says for a permission's reach.
struct Try {
    place: String,
    variables: Value,
    permission: Option<Permission>,
    expected: Box<dyn Fn(Role, Reach) -> &'static str>,
}

const YES: &str = "yes";
const NOT_FOUND: &str = "NOT_FOUND";
const FORBIDDEN: &str = "FORBIDDEN";

fn found(yes: bool) -> &'static str {
    if yes { YES } else { NOT_FOUND }
}

fn on_families(places: &[Place], permission: Option<Permission>, variables: impl Fn(&Place) -> Value) -> Vec<Try> {
    let one = |place: &Place| {
        let (name, variables, place) = (place.name.to_owned(), variables(place), place.clone());
        Try {
            place: name,
            variables,
            permission,
            expected: Box::new(move |_, reach| found(covers_family(reach, &place))),
        }
    };
    places.iter().map(one).collect()
}

fn on_units(
    places: &[Place],
    permission: Option<Permission>,
    variables: impl Fn(&Place) -> Value,
    expected: impl Fn(Role, Reach, &Place) -> &'static str + Copy + 'static,
) -> Vec<Try> {
    let one = |place: &Place| {
        let (name, variables, place) = (place.name.to_owned(), variables(place), place.clone());
        Try {
            place: name,
            variables,
            permission,
            expected: Box::new(move |role, reach| expected(role, reach, &place)),
        }
    };
    places.iter().map(one).collect()
}

fn plain(variables: Value, expected: impl Fn(Role, Reach) -> &'static str + 'static) -> Vec<Try> {
    vec![Try {
        place: "-".to_owned(),
        variables,
        permission: None,
        expected: Box::new(expected),
    }]
}

fn input(mut fields: Value) -> Value {
    fields["idempotencyKey"] = json!(Uuid::new_v4());
    json!({ "input": fields })
}

/// All ways to try a field; none for a field nobody has thought about.
fn tries(field: &str, families: &[Place], units: &[Place]) -> Vec<Try> {
    let covered = |_: Role, reach: Reach, place: &Place| found(covers_unit(reach, place));
    match field {
        "viewer" | "programmeYears" => plain(json!({}), |_, _| YES),
        "signIn" => plain(
            json!({"input": {"login": "0999999999", "password": "nobody has this"}}),
            |_, _| "UNAUTHENTICATED",
        ),
        "cityOverview" => plain(json!({"year": YEAR}), |_, reach| {
            if reach == Reach::City { YES } else { FORBIDDEN }
        }),
        "openProgrammeYear" => plain(
            input(
                json!({"year": 2027, "registrationOpensAt": "2027-01-01T00:00:00Z", "registrationClosesAt": "2027-05-01T00:00:00Z"}),
            ),
            |_, _| YES,
        ),
        "node" => {
            let mut all = on_families(
                families,
                Some(Permission::HouseholdRead),
                |place| json!({"id": place.household}),
            );
            all.extend(on_families(
                families,
                Some(Permission::RegistrationRead),
                |place| json!({"id": place.registration}),
            ));
            all.extend(on_units(
                units,
                Some(Permission::UnitRead),
                |place| json!({"id": place.unit}),
                covered,
            ));
            all
        }
        "unit" => on_units(units, None, |place| json!({"id": place.unit}), covered),
        "household" => on_families(families, None, |place| json!({"id": place.household})),
        "registration" => on_families(families, None, |place| json!({"id": place.registration})),
        "households" | "registrations" | "progress" => {
            let mut all = on_units(
                units,
                None,
                |place| json!({"unitId": place.unit, "year": YEAR}),
                covered,
            );
            all.extend(plain(json!({"year": YEAR}), |_, _| YES));
            all
        }
        "createHousehold" => {
            let branches: Vec<Place> = units.iter().filter(|place| place.branch.is_some()).cloned().collect();
            let variables = |place: &Place| {
                input(json!({"branchId": place.unit, "headName": "Mai Thị Thử", "address": Uuid::new_v4()}))
            };
            on_units(&branches, None, variables, |_, _, place| found(place.in_my_branch()))
        }
        "updateHousehold" => on_families(families, None, |place| {
            input(json!({"id": place.household, "expectedVersion": 1, "address": "Số 1"}))
        }),
        "registerHousehold" => on_families(families, None, |place| {
            input(json!({"householdId": place.household, "year": YEAR}))
        }),
        "submitRegistration" | "withdrawRegistration" => on_families(families, None, |place| {
            input(json!({"id": place.registration, "expectedVersion": 1}))
        }),
        "approveRegistrations" => on_families(families, None, |place| {
            input(json!({"items": [{"id": place.registration}]}))
        }),
        "returnRegistrations" | "rejectRegistrations" => on_families(families, None, |place| {
            input(json!({"items": [{"id": place.registration}], "reason": "Thử"}))
        }),
        "setTarget" => on_units(
            units,
            None,
            |place| input(json!({"unitId": place.unit, "year": YEAR, "basisPoints": 8500})),
            |role, reach, place| match role {
                // a district does not set its own
                Role::DistrictOfficer if (place.district, place.ward) == (Some(0), None) => FORBIDDEN,
                _ => found(covers_unit(reach, place)),
            },
        ),
        "createUnit" => {
            let parents: Vec<Place> = units.iter().filter(|place| place.branch.is_none()).cloned().collect();
            let variables = |place: &Place| {
                let kind = match (place.district, place.ward) {
                    (None, _) => "DISTRICT",
                    (_, None) => "WARD",
                    _ => "BRANCH",
                };
                input(json!({"parentId": place.unit, "kind": kind, "name": "Mới"}))
            };
            on_units(&parents, None, variables, |_, reach, place| {
                match (reach, place.district) {
                    (Reach::City, _) => YES,
                    (_, None) => FORBIDDEN,
                    (reach, _) => found(covers_unit(reach, place)),
                }
            })
        }
        _ => Vec::new(),
    }
}

/// What came of it, in the words of the expectation.
fn outcome(field: &str, answer: &Answer) -> String {
    match answer.code() {
        Some("REFUSED" | "CONFLICT") => YES.to_owned(),
        Some(code) => code.to_owned(),
        None if answer.data(&format!("{field}.results.0.outcome")) == NOT_FOUND => NOT_FOUND.to_owned(),
        None => YES.to_owned(),
    }
}

fn expected(need: Need, role: Role, one: &Try) -> &'static str {
    let permission = match need {
        Need::Nothing | Need::SignedIn => one.permission,
        Need::Permission(permission) => Some(permission),
    };
    match permission.map(|permission| reach(permission, role)) {
        None => (one.expected)(role, Reach::City),
        Some(Reach::Never) => FORBIDDEN,
        Some(reach) => (one.expected)(role, reach),
    }
}

on_both! {
    async fn every_field_answers_every_role_as_the_table_says(kind) {
        let world = World::build(kind).await;
        let (families, units) = (families(&world).await, units(&world));
        let mut faults = String::new();
        for (operation, field) in root_fields() {
            let row = FIELDS.iter().find(|(known, name, _)| *known == operation && *name == field);
            let (Some((_, _, need)), Some(document)) = (row, operation::find(&field)) else {
                writeln!(faults, "{field:24} has no row in policy::FIELDS, or no tests/operations/{field}.graphql").expect("text");
                continue;
            };
            let tries = tries(&field, &families, &units);
            if tries.is_empty() {
                writeln!(faults, "{field:24} is not tried: give it its places above").expect("text");
            }
            for one in tries {
                let nobody = if *need == Need::Nothing { (one.expected)(Role::Family, Reach::City) } else { "UNAUTHENTICATED" };
                let mut cells: Vec<(&str, Client, &str)> = vec![("anonymous", world.app.anonymous(), nobody)];
                for (role, person) in world.roles() {
                    cells.push((role.as_str(), person.client.clone(), expected(*need, role, &one)));
                }
                for (who, client, expected) in cells {
                    let answer = client.run(&document, one.variables.clone()).await;
                    let seen = outcome(&field, &answer);
                    if seen != expected {
                        let place = &one.place;
                        writeln!(faults, "{field:24} {who:18} {place:24} expected {expected:16} got {seen} {}", answer.json).expect("text");
                    }
                }
            }
        }
        assert!(faults.is_empty(), "\n{faults}");
    }
}

#[test]
fn rows_operations_and_fields_are_the_same() {
    let fields: BTreeSet<String> = root_fields().into_iter().map(|(_, name)| name).collect();
    let rows: BTreeSet<String> = FIELDS.iter().map(|(_, name, _)| (*name).to_owned()).collect();
    let operations: BTreeSet<String> = operation::all().into_iter().collect();
    assert_eq!(fields, rows, "the schema and policy::FIELDS");
    assert_eq!(fields, operations, "the schema and tests/operations");
}

#[test]
fn a_wider_level_never_reaches_less_when_reading() {
    use Permission::{HouseholdRead, ProgressRead, RegistrationRead, UnitRead};
    let levels = [
        Role::Family,
        Role::BranchHead,
        Role::WardOfficer,
        Role::DistrictOfficer,
        Role::CityOfficer,
    ];
    for permission in [UnitRead, ProgressRead, HouseholdRead, RegistrationRead] {
        assert!(
            levels.is_sorted_by_key(|role| reach(permission, *role)),
            "{permission:?}"
        );
    }
}
