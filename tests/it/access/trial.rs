//! The ways to try each root field, and what the policy table says must come of them.
//!
//! Places are compared plainly, not by the code that enforces the table.

mod papers;
mod subjects;
mod titles;

use entity::vocabulary::Role;
use khuyenhoc::access::Permission;
use khuyenhoc::access::gate::reach;
use khuyenhoc::access::policy::{Need, Reach};
use khuyenhoc::global_id::{NodeKind, encode};
use serde_json::{Value, json};
use tests::app::START;
use tests::client::Answer;
use tests::factory::YEAR;
use uuid::Uuid;

use super::place::Place;

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
pub(super) struct Try {
    /// Its name, for a fault.
    pub(super) place: String,
    /// The variables of the operation.
    pub(super) variables: Value,
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
pub(super) fn tries(field: &str, families: &[Place], units: &[Place]) -> Vec<Try> {
    let covered = |_: Role, reach: Reach, place: &Place| found(covers_unit(reach, place));
    match field {
        "cityOverview" => plain(json!({"year": YEAR}), |_, reach| {
            if reach == Reach::City { YES } else { FORBIDDEN }
        }),
        "node" => on_nodes(families, units),
        "unit" => on_units(units, None, |place| json!({"id": place.unit}), covered),
        "household" => on_families(families, None, |place| json!({"id": place.household})),
        "registration" => on_families(families, None, |place| json!({"id": place.registration})),
        "households"
        | "householdsNotRegistered"
        | "registrations"
        | "inbox"
        | "progress"
        | "registrationChanged"
        | "inboxChanged"
        | "unitProgressChanged" => {
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
        // a version that never was: nothing is moved, and whoever may not gets no further than that
        "moveHousehold" => {
            let branch = units.first().map(|place| place.unit.clone());
            on_families(families, None, move |place| {
                input(json!({"id": place.household, "branchId": branch, "expectedVersion": 9_999}))
            })
        }
        "registerHousehold" => on_families(families, None, |place| {
            input(json!({"householdId": place.household, "year": YEAR}))
        }),
        // a key that was never used
        "receipt" => plain(json!({"key": Uuid::new_v4()}), |_, _| YES),
        // each item is tried by itself in `a_batch_grants_no_more_than_its_fields`; the batch never fails because of one
        "syncBatch" => plain(
            json!({"input": {"sentAt": START, "items": [{"approveRegistrations": {"idempotencyKey": Uuid::new_v4(), "items": []}}]}}),
            |_, _| YES,
        ),
        "changes" => plain(json!({"first": 5}), |_, _| YES),
        "cannedReasons" => plain(json!({"action": "RETURN"}), |_, _| YES),
        "registerAgain" => on_families(families, None, |place| {
            input(json!({"items": [{"id": place.household}], "year": YEAR}))
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
        _ => (on_accounts(field, families, units).into_iter())
            .chain(on_posts(field, families, units))
            .chain(on_programme(field, units))
            .chain(subjects::on_subjects(field, families, units))
            .chain(titles::on_titles(field, families, units))
            .chain(papers::on_papers(field, families, units))
            .chain(on_scores(field, families))
            .collect(),
    }
}

/// All ways to ask for something by its global id alone.
fn on_nodes(families: &[Place], units: &[Place]) -> Vec<Try> {
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
        covers_unit_found,
    ));
    for id in [
        |place: &Place| place.clan.clone(),
        |place: &Place| place.citizen.clone(),
    ] {
        let one = |place: &Place| json!({"id": id(place)});
        all.extend(on_families(families, Some(Permission::SubjectRead), one));
    }
    let post = |place: &Place| json!({"id": place.post});
    all.extend(on_families(families, Some(Permission::PostRead), post));
    let file = |place: &Place| json!({"id": place.evidence});
    all.extend(on_families(families, Some(Permission::RegistrationRead), file));
    all
}

/// All ways to try a field about the programme; none for a field nobody has thought about.
fn on_programme(field: &str, units: &[Place]) -> Vec<Try> {
    match field {
        "programmeYears" => plain(json!({}), |_, _| YES),
        "openProgrammeYear" => plain(
            input(
                json!({"year": 2027, "windows": [{"phase": "REGISTRATION", "opensAt": "2027-01-01T00:00:00Z", "closesAt": "2027-05-01T00:00:00Z"}]}),
            ),
            |_, _| YES,
        ),
        "changeProgrammeYear" => plain(
            input(
                json!({"year": 2027, "reason": "Thử", "windows": [{"phase": "REGISTRATION", "opensAt": "2027-01-01T00:00:00Z", "closesAt": "2027-05-01T00:00:00Z"}]}),
            ),
            |_, _| YES,
        ),
        "closeProgrammeYear" | "reopenProgrammeYear" => {
            plain(input(json!({"year": 2027, "reason": "Thử"})), |_, _| YES)
        }
        "programmeWindows" => {
            let associations: Vec<Place> = units.iter().filter(|place| place.district.is_some()).cloned().collect();
            on_units(
                &associations,
                None,
                |place| json!({"unitId": place.unit, "year": YEAR}),
                |_, reach, place| found(reach == Reach::City || place.district == Some(0)),
            )
        }
        "narrowWindow" => on_units(
            units,
            None,
            |place| {
                input(json!({"unitId": place.unit, "year": YEAR, "phase": "RECOGNITION",
                    "opensAt": "2026-11-15T00:00:00+07:00", "closesAt": "2026-12-31T00:00:00+07:00"}))
            },
            |_, reach, place| {
                // a branch has no windows, and anybody of the association may know that it is there
                let known = place.branch.is_some() && (reach == Reach::City || place.district == Some(0));
                found(known || covers_unit(reach, place))
            },
        ),
        // below a branch there is nothing, which is a rule's matter
        "cascadeTarget" => on_units(
            units,
            None,
            |place| input(json!({"unitId": place.unit, "year": YEAR, "basisPoints": 8500})),
            covers_unit_found,
        ),
        "setTarget" => on_units(
            units,
            None,
            |place| input(json!({"unitId": place.unit, "year": YEAR, "basisPoints": 8500})),
            |role, reach, place| match role {
                // a district does not set its own
                Role::DistrictOfficer if (place.district, place.ward) == (Some(0), None) => FORBIDDEN,
                // nor does a ward
                Role::WardOfficer if place.in_my_ward() && place.branch.is_none() => FORBIDDEN,
                _ => found(covers_unit(reach, place)),
            },
        ),
        _ => Vec::new(),
    }
}

/// All ways to try a field about criteria and score sheets; none for a field nobody has thought about.
fn on_scores(field: &str, families: &[Place]) -> Vec<Try> {
    let nowhere = encode(NodeKind::CriteriaSet, Uuid::nil().into(), Uuid::new_v4());
    match field {
        "criteriaSets" => plain(json!({"year": YEAR}), |_, _| YES),
        "criteriaSet" => plain(json!({ "id": nowhere }), |_, _| NOT_FOUND),
        // what does not add up is an outcome: it was looked at
        "publishCriteriaSet" => plain(input(json!({"document": "code: x"})), |_, _| YES),
        "saveScoreSheet" => on_families(families, None, |place| {
            input(json!({"registrationId": place.registration, "marks": []}))
        }),
        "submitScoreSheet" => on_families(families, None, |place| {
            input(json!({"registrationId": place.registration, "expectedVersion": 1}))
        }),
        "beginUpload" => on_families(families, None, |place| {
            input(
                json!({"registrationId": place.registration, "fileName": "anh.jpg", "format": "JPEG", "size": 1,
                "sha256": "0".repeat(64)}),
            )
        }),
        "removeEvidence" => on_families(families, None, |place| input(json!({"id": place.evidence}))),
        _ => Vec::new(),
    }
}

fn covers_unit_found(_: Role, reach: Reach, place: &Place) -> &'static str {
    found(covers_unit(reach, place))
}

/// All ways to try a field about accounts and sessions; none for a field nobody has thought about.
fn on_accounts(field: &str, families: &[Place], units: &[Place]) -> Vec<Try> {
    match field {
        "viewer" | "mySessions" => plain(json!({}), |_, _| YES),
        "signIn" => plain(
            json!({"input": {"login": "0999999999", "password": "nobody has this"}}),
            |_, _| "UNAUTHENTICATED",
        ),
        "refresh" => plain(
            json!({"input": {"refreshToken": "nobody has this"}}),
            |_, _| "UNAUTHENTICATED",
        ),
        "securityEvents" => {
            let of = |place: &Place| json!({"accountId": place.account});
            let mut all = on_families(families, Some(Permission::AccountManage), of);
            all.extend(plain(json!({}), |_, _| YES));
            all
        }
        "notices" | "notificationAdded" => plain(json!({}), |_, _| YES),
        "markNoticesRead" => plain(json!({"input": {}}), |_, _| YES),
        "registerPushToken" => plain(
            json!({"input": {"idempotencyKey": Uuid::new_v4(), "token": "a-device", "platform": "ANDROID"}}),
            |_, _| YES,
        ),
        "removePushToken" => plain(json!({"input": {"token": "a-device"}}), |_, _| YES),
        "createInvitations" => on_families(families, None, |place| {
            input(json!({"householdIds": [place.household]}))
        }),
        "revokeInvitations" => on_families(families, None, |place| input(json!({"ids": [place.invitation]}))),
        "invitations" | "accountsBelow" => {
            let mut all = on_units(units, None, |place| json!({"unitId": place.unit}), covers_unit_found);
            all.extend(plain(json!({}), |_, _| YES));
            all
        }
        "issueRecoveryCode" => on_families(families, None, |place| input(json!({"accountId": place.account}))),
        "acceptInvitation" => plain(
            json!({"input": {"code": "0000-0000-0000", "name": "Mai Thị Thử", "userName": "thu", "password": "một hai ba bốn năm sáu"}}),
            |_, _| "UNAUTHENTICATED",
        ),
        "requestPhoneCode" => plain(
            json!({"input": {"phone": "0999999999", "branchId": units.first().map(|place| &place.unit)}}),
            |_, _| YES,
        ),
        "joinByPhone" => plain(
            json!({"input": {"phone": "0999999999", "code": "000000", "branchId": units.first().map(|place| &place.unit),
                "name": "Mai Thị Thử", "password": "một hai ba bốn năm sáu"}}),
            |_, _| "UNAUTHENTICATED",
        ),
        "recover" => plain(
            json!({"input": {"login": "0999999999", "code": "0000-0000-0000", "newPassword": "một hai ba bốn năm sáu"}}),
            |_, _| "UNAUTHENTICATED",
        ),
        // ending the others leaves the one that asks
        "endSessionsOf" => on_families(families, None, |place| json!({"input": {"accountId": place.account}})),
        "changePassword" => plain(
            json!({"input": {"currentPassword": "nobody has this", "newPassword": "con mèo nhà tôi thích ăn cá"}}),
            |_, _| "INVALID",
        ),
        "beginSecondFactor" => plain(json!({}), |_, _| YES),
        // whether a secret waits or not
        "confirmSecondFactor" => plain(json!({"input": {"code": "no code"}}), |_, _| "UNAUTHENTICATED"),
        // nobody here has one
        "removeSecondFactorOf" => on_accounts_reached(families, |place| {
            input(json!({"accountId": place.account, "reason": "PHONE_LOST"}))
        }),
        "removeSecondFactor" => plain(json!({}), |role, _| match role {
            Role::DistrictOfficer | Role::CityOfficer | Role::CityLeader => YES,
            _ => NOT_FOUND,
        }),
        "renewRecoveryCodes" => plain(json!({}), |_, _| NOT_FOUND),
        "stepUp" => plain(json!({"input": {}}), |_, _| "INVALID"),
        "endSessions" => plain(json!({"input": {"which": "OTHERS"}}), |_, _| YES),
        _ => Vec::new(),
    }
}

/// As on families, where nothing is there to be done to anybody: within reach or not, NOT_FOUND.
fn on_accounts_reached(families: &[Place], variables: impl Fn(&Place) -> Value) -> Vec<Try> {
    let one = |place: &Place| Try {
        place: place.name.to_owned(),
        variables: variables(place),
        permission: None,
        expected: Box::new(|_, _| NOT_FOUND),
    };
    families.iter().map(one).collect()
}

/// All ways to try a field about posts; none for a field nobody has thought about.
fn on_posts(field: &str, families: &[Place], units: &[Place]) -> Vec<Try> {
    let somebody = || json!({"name": "Mai Thị Thử", "userName": format!("thu{}", Uuid::new_v4().simple())});
    let city_only = |_: Role, reach: Reach| if reach == Reach::City { NOT_FOUND } else { FORBIDDEN };
    let proposal = encode(NodeKind::PostProposal, Uuid::nil().into(), Uuid::new_v4());
    match field {
        "appointPost" => {
            let variables = |place: &Place| {
                let role = match (place.district, place.ward, place.branch) {
                    (None, ..) => "CITY_LEADER",
                    (_, None, _) => "DISTRICT_OFFICER",
                    (.., None) => "WARD_OFFICER",
                    _ => "BRANCH_HEAD",
                };
                input(json!({"newAccount": somebody(), "role": role, "unitId": place.unit,
                    "validFrom": START, "decisionNumber": "1"}))
            };
            // what a rule forbids besides counts as reached
            on_units(units, None, variables, |_, reach, place| {
                found(covers_unit(reach, place))
            })
        }
        "endPost" => on_families(families, None, |place| {
            input(json!({"postId": place.post, "validUntil": "2099-01-01T00:00:00Z"}))
        }),
        "handOverPost" => on_families(families, None, |place| {
            input(
                json!({"postId": place.post, "successor": {"newAccount": somebody()}, "from": START, "decisionNumber": "1"}),
            )
        }),
        // of one's own posts only, and these are other people's
        "acceptPost" => plain(
            input(json!({ "postId": families.first().map(|place| &place.post) })),
            |_, _| NOT_FOUND,
        ),
        "confirmPost" | "refusePost" => plain(input(json!({ "proposalId": proposal })), city_only),
        "post" => on_families(families, None, |place| json!({"id": place.post})),
        "postProposals" => plain(json!({}), |_, reach| if reach == Reach::City { YES } else { FORBIDDEN }),
        "explainAccess" => on_families(
            families,
            Some(Permission::AccountManage),
            |place| json!({"accountId": place.account, "permission": "HOUSEHOLD_READ", "nodeId": place.household}),
        ),
        _ => Vec::new(),
    }
}

/// What came of it, in the words of the expectation.
pub(super) fn outcome(field: &str, answer: &Answer) -> String {
    match answer.code() {
        Some("REFUSED" | "CONFLICT") => YES.to_owned(),
        Some(code) => code.to_owned(),
        None if answer.data(&format!("{field}.results.0.outcome")) == NOT_FOUND => NOT_FOUND.to_owned(),
        None => YES.to_owned(),
    }
}

/// The same for whoever sends no token.
pub(super) fn expected_of_nobody(need: Need, one: &Try) -> &'static str {
    if need == Need::Nothing {
        (one.expected)(Role::Family, Reach::City)
    } else {
        "UNAUTHENTICATED"
    }
}

/// What the table says for a role.
pub(super) fn expected(need: Need, role: Role, one: &Try) -> &'static str {
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
