//! January to May: the city plans, families and others register, the branch approves.

use chrono::TimeDelta;
use entity::vocabulary::Role;
use futures_util::future::join_all;
use khuyenhoc::criteria::shipped::SHIPPED;
use serde_json::{Value, json};
use tests::client::Client;
use tests::factory::{
    World, YEAR, appoint_account, ask, create_account, create_household, decide, mutate, publish_shipped, register,
};
use tests::titles::{items, words};
use uuid::Uuid;

use super::{FAILING, Family, PAPER, PASSWORD, Year, desk, registration, sign_in, stands};
use crate::subjects::{create, create_citizen, registered};

/// The phone number that the first branch's head signs in with.
pub(super) const CLERK: &str = "0966000111";

const SURNAMES: [&str; 13] = [
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý",
];
const NAMES: [&str; 13] = [
    "An", "Ân", "Bưởi", "Dâu", "Đào", "Hà", "Khánh", "Lan", "Mơ", "Ngọc", "Quý", "Thuỷ", "Ước",
];

/// The plan, the registrations, and what the branches make of them.
pub(super) async fn everybody_registers(world: World) -> Year {
    plan(&world).await;
    targets(&world).await;
    let mut year = register_all(world).await;
    corrected_and_sent_again(&year).await;
    approved_at_once(&year).await;
    year.late = one_comes_late(&year).await;
    year
}

/// The city changes the windows that were opened: longer in autumn, and whoever comes late for registering still may.
async fn plan(world: &World) {
    let city = &world.officer.client;
    let window = |phase: &str, opens: &str, closes: &str| {
        json!({"phase": phase, "opensAt": format!("{YEAR}-{opens}T00:00:00+07:00"),
            "closesAt": format!("{YEAR}-{closes}T00:00:00+07:00"), "lateAllowed": phase == "REGISTRATION"})
    };
    let windows = [
        window("REGISTRATION", "01-05", "05-01"),
        window("SELF_SCORING", "10-01", "12-05"),
        window("BRANCH_ASSESSMENT", "10-15", "12-10"),
        window("WARD_PROPOSAL", "11-10", "12-20"),
        window("RECOGNITION", "11-15", "12-31"),
    ];
    let change = json!({"year": YEAR, "windows": windows, "reason": "Kế hoạch năm"});
    mutate(city, "changeProgrammeYear", change).await.ok();
    for (name, _) in SHIPPED {
        publish_shipped(city, name).await;
    }
}

/// Nine of ten families are to be recognised: said by the city, and handed down as far as the branches.
async fn targets(world: &World) {
    let (district, ward) = (world.district(0), world.ward(0, 0));
    for (client, unit) in [
        (&world.officer.client, &world.unit),
        (&district.officer.client, &district.unit),
        (&ward.officer.client, &ward.unit),
    ] {
        let input = json!({"unitId": unit, "year": YEAR, "basisPoints": 9000});
        let answer = mutate(client, "cascadeTarget", input).await.ok();
        assert_eq!(answer.number("cascadeTarget.set"), 2);
    }
    let shown = ask(&world.branch(0, 0, 0).head.client, "progress", json!({"year": YEAR}))
        .await
        .ok();
    let target = shown.data("progress.target");
    assert_eq!(
        (&target["basisPoints"], &target["measure"]),
        (&json!(9000), &json!("RECOGNISED"))
    );
    assert_eq!(
        (&target["cascaded"], &target["inheritedFrom"]),
        (&json!(true), &Value::Null)
    );
}

/// A family that brings its paper form.
async fn enter(head: &Client, number: usize) -> Family {
    let name = format!("{} Văn {}", SURNAMES[number / NAMES.len()], NAMES[number % NAMES.len()]);
    let input = json!({"headName": name, "address": format!("Số {number}, ngõ Huyện")});
    let household = create_household(head, input).await;
    let answer = register(head, &household, Uuid::new_v4()).await.ok();
    Family {
        name,
        household,
        registration: answer.text("registerHousehold.registration.id"),
    }
}

async fn register_all(world: World) -> Year {
    let branch = world.branch(0, 0, 0);
    let (head, family) = (&branch.head.client, &branch.family.client);
    let mut paper = Vec::with_capacity(PAPER);
    let numbers: Vec<usize> = (0..PAPER).collect();
    for some in numbers.chunks(8) {
        paper.extend(join_all(some.iter().map(|number| enter(head, *number))).await);
    }
    let school = create(head, "INSTITUTION", "Trường THCS Trưng Vương", json!({"people": 2})).await;
    let clan = create(family, "CLAN", "Dòng họ Nguyễn", json!({})).await;
    let community = create(head, "COMMUNITY", "Tổ dân phố số 5", json!({})).await;
    let of = json!({"householdId": branch.household, "institutionId": school});
    let citizen = create_citizen(head, "Nguyễn Văn Nhà", of).await;
    let kin = [
        &branch.household,
        &paper[0].household,
        &paper[1].household,
        &paper[FAILING].household,
    ];
    let joined = mutate(head, "addClanFamilies", json!({"clanId": clan, "householdIds": kin}))
        .await
        .ok();
    assert!(
        joined
            .list("addClanFamilies.results")
            .iter()
            .all(|row| row["outcome"] == "APPLIED")
    );
    let (citizen, clan) = (registered(family, &citizen).await, registered(family, &clan).await);
    let (institution, community) = (registered(head, &school).await, registered(head, &community).await);
    Year {
        late: paper[0].clone(),
        world,
        paper,
        citizen,
        institution,
        clan,
        community,
    }
}

/// The family forgot half of its address; the head says so in words that are at hand.
async fn corrected_and_sent_again(year: &Year) {
    let branch = year.branch();
    let (head, family, id) = (&branch.head.client, &branch.family.client, &branch.registration);
    let asked = json!({"action": "RETURN", "state": "SUBMITTED"});
    let reasons = ask(&head.with_header("accept-language", "vi"), "cannedReasons", asked)
        .await
        .ok();
    let reason = reasons.text("cannedReasons.0.text");
    let returned = json!({"items": [{"id": id}], "reason": reason});
    mutate(head, "returnRegistrations", returned).await.ok();
    assert_eq!(stands(family, id).await, ("RETURNED".to_owned(), json!(reason)));
    year.hears(family, &["REGISTRATION_RETURNED"]).await;
    assert_eq!(desk(family, YEAR).await, ["LEARNING_FAMILY RETURNED 1"]);
    let address = json!({"id": branch.household, "expectedVersion": 1, "address": "Số 0, ngõ 12, phố Huế"});
    mutate(family, "updateHousehold", address).await.ok();
    year.hears(head, &[]).await;
    let again = json!({"id": id, "expectedVersion": 2, "note": "Đã bổ sung địa chỉ"});
    mutate(family, "submitRegistration", again).await.ok();
    assert_eq!(stands(head, id).await, ("SUBMITTED".to_owned(), Value::Null));
    year.hears(head, &["WAITING_FOR_APPROVAL"]).await;
    assert!(desk(family, YEAR).await.is_empty());
}

/// The 157 forms are approved with one request; one of them by mistake, which is taken back and then done after all.
async fn approved_at_once(year: &Year) {
    let (world, branch) = (&year.world, year.branch());
    let head = &branch.head.client;
    let others = ["CITIZEN", "CLAN", "COMMUNITY", "UNIT"].map(|title| format!("LEARNING_{title} SUBMITTED 1"));
    let mut waiting = vec!["LEARNING_FAMILY SUBMITTED 158".to_owned()];
    waiting.extend(others);
    waiting.sort_unstable();
    assert_eq!(desk(head, YEAR).await, waiting);

    let account = create_account(&world.app, "Lê Thị Sổ", Some(CLERK), Some(PASSWORD)).await;
    let dates = ("2026-01-01T00:00:00+07:00", None);
    appoint_account(
        &world.app,
        world.district(0).tenant,
        &branch.unit,
        Role::BranchHead,
        account,
        dates,
    )
    .await;
    let clerk = sign_in(world, CLERK).await;
    world.app.clock.advance(TimeDelta::minutes(6));
    let ids: Vec<String> = year.paper.iter().map(|family| family.registration.clone()).collect();
    let all = json!({"items": items(&ids)});
    assert_eq!(
        mutate(&clerk, "approveRegistrations", all.clone()).await.rule(),
        Some("STEP_UP_NEEDED")
    );
    ask(&clerk, "stepUp", json!({"input": {"password": PASSWORD}}))
        .await
        .ok();
    let approved = mutate(&clerk, "approveRegistrations", all).await.ok();
    assert_eq!(words("approveRegistrations", &approved), vec!["APPLIED"; PAPER]);

    world.app.clock.advance(TimeDelta::minutes(3));
    let one = json!({"items": items(&ids[7..8])});
    let undone = mutate(&clerk, "undoDecision", one.clone()).await.ok();
    assert_eq!(words("undoDecision", &undone), ["APPLIED"]);
    assert_eq!(stands(head, &ids[7]).await.0, "SUBMITTED");
    mutate(&clerk, "approveRegistrations", one).await.ok();
    assert_eq!(stands(head, &ids[7]).await.0, "APPROVED");

    let rest = [
        &branch.registration,
        &year.citizen,
        &year.institution,
        &year.clan,
        &year.community,
    ];
    decide(head, "approveRegistrations", &rest.map(String::as_str))
        .await
        .ok();
    let next = year.neighbour();
    decide(&next.head.client, "approveRegistrations", &[&next.registration])
        .await
        .ok();
    for client in [head, &next.head.client] {
        assert!(desk(client, YEAR).await.is_empty());
    }
    year.hears(&branch.family.client, &["REGISTRATION_APPROVED"]).await;
    world.app.assert_counters().await;
}

/// A family comes in May; the city lets it, and everybody sees that it was late.
async fn one_comes_late(year: &Year) -> Family {
    let head = &year.branch().head.client;
    year.comes("2026-05-20");
    let late = enter(head, PAPER).await;
    decide(head, "approveRegistrations", &[&late.registration]).await.ok();
    let seen = registration(&year.officer().client, &late.registration).await;
    assert_eq!((&seen["state"], &seen["late"]), (&json!("APPROVED"), &json!(true)));
    assert_eq!(seen["journal"][0]["late"], true);
    let in_time = registration(head, &year.on_paper(0)).await;
    assert_eq!(in_time["late"], false);
    let shown = ask(head, "progress", json!({"year": YEAR})).await.ok();
    let share = shown.data("progress.share");
    assert_eq!((&share["numerator"], &share["denominator"]), (&json!(159), &json!(159)));
    assert_eq!(shown.data("progress.target.reached.numerator"), 0);
    late
}
