//! The programme year: its windows, what districts and wards make of them, late acts, and the closed year.

use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, create_household, mutate, register};
use uuid::Uuid;

fn window(phase: &str, opens: &str, closes: &str) -> Value {
    json!({"phase": phase, "opensAt": format!("{YEAR}-{opens}T00:00:00+07:00"),
        "closesAt": format!("{YEAR}-{closes}T00:00:00+07:00")})
}

async fn change(world: &World, window: Value) -> Answer {
    let input = json!({"year": YEAR, "windows": [window], "reason": "Kế hoạch đổi"});
    mutate(&world.officer.client, "changeProgrammeYear", input).await
}

async fn narrow(client: &Client, unit: &str, opens: &str, closes: &str) -> Answer {
    let mut input = window("REGISTRATION", opens, closes);
    input["unitId"] = json!(unit);
    input["year"] = json!(YEAR);
    mutate(client, "narrowWindow", input).await
}

/// The window for registering as a unit has it: opening and closing day.
async fn registering(client: &Client, unit: &str) -> (String, String) {
    let answer = ask(client, "programmeWindows", json!({"unitId": unit, "year": YEAR}))
        .await
        .ok();
    let day = |name: &str| {
        answer
            .text(&format!("programmeWindows.0.{name}"))
            .chars()
            .take(10)
            .collect()
    };
    assert_eq!(answer.data("programmeWindows.0.phase"), "REGISTRATION");
    (day("opensAt"), day("closesAt"))
}

/// A new household of a branch, registered by its head.
async fn try_to_register(world: &World, ward: usize) -> Answer {
    let head = &world.branch(0, ward, 0).head.client;
    let input = json!({"headName": "Đỗ Thị Muộn", "address": format!("Ngõ {}", Uuid::new_v4())});
    let household = create_household(head, input).await;
    register(head, &household, Uuid::new_v4()).await
}

on_both! {
    async fn a_ward_narrows_and_its_branches_keep_to_it(kind) {
        let world = World::build(kind).await;
        let (first, second) = (world.ward(0, 0), world.ward(0, 1));
        narrow(&first.officer.client, &first.unit, "02-01", "02-15").await.ok();
        assert_eq!(registering(&first.officer.client, &first.unit).await, ("2026-02-01".into(), "2026-02-15".into()));
        let branch = &world.branch(0, 0, 0).unit;
        assert_eq!(registering(&first.officer.client, branch).await, ("2026-02-01".into(), "2026-02-15".into()));
        assert_eq!(registering(&second.officer.client, &second.unit).await, ("2026-01-05".into(), "2026-05-01".into()));
        // the test's clock stands after the narrowed window and inside the city's
        assert_eq!(try_to_register(&world, 0).await.rule(), Some("WINDOW_CLOSED"));
        try_to_register(&world, 1).await.ok();
        // set again, wider than before but inside the city's
        narrow(&first.officer.client, &first.unit, "02-01", "04-30").await.ok();
        try_to_register(&world, 0).await.ok();
    }

    async fn nobody_widens_what_holds_above(kind) {
        let world = World::build(kind).await;
        let (district, ward) = (world.district(0), world.ward(0, 0));
        assert_eq!(narrow(&district.officer.client, &district.unit, "01-04", "05-01").await.rule(), Some("WINDOW_WIDER"));
        assert_eq!(narrow(&district.officer.client, &district.unit, "01-05", "05-02").await.rule(), Some("WINDOW_WIDER"));
        narrow(&district.officer.client, &district.unit, "01-10", "04-20").await.ok();
        assert_eq!(narrow(&ward.officer.client, &ward.unit, "01-10", "04-21").await.rule(), Some("WINDOW_WIDER"));
        narrow(&ward.officer.client, &ward.unit, "01-10", "04-20").await.ok();
        // the district narrows below its ward: the narrower of the two holds
        narrow(&district.officer.client, &district.unit, "01-10", "03-31").await.ok();
        assert_eq!(registering(&ward.officer.client, &ward.unit).await, ("2026-01-10".into(), "2026-03-31".into()));
        // and the city below both
        change(&world, window("REGISTRATION", "02-01", "03-20")).await.ok();
        assert_eq!(registering(&ward.officer.client, &ward.unit).await, ("2026-02-01".into(), "2026-03-20".into()));
    }

    async fn a_window_is_set_by_who_reaches_the_unit(kind) {
        let world = World::build(kind).await;
        let ward = &world.ward(0, 0).officer.client;
        for other in [&world.ward(0, 1).unit, &world.ward(1, 0).unit, &world.district(0).unit, &world.district(1).unit] {
            assert_eq!(narrow(ward, other, "02-01", "03-01").await.code(), Some("NOT_FOUND"));
        }
        assert_eq!(narrow(&world.branch(0, 0, 0).head.client, &world.ward(0, 0).unit, "02-01", "03-01").await.code(), Some("FORBIDDEN"));
        assert_eq!(narrow(ward, &world.branch(0, 0, 0).unit, "02-01", "03-01").await.rule(), Some("NO_WINDOWS_THERE"));
        // what another ward has set is not changed by trying
        let second = world.ward(0, 1);
        narrow(&second.officer.client, &second.unit, "02-10", "04-01").await.ok();
        assert_eq!(narrow(ward, &second.unit, "02-01", "03-01").await.code(), Some("NOT_FOUND"));
        assert_eq!(registering(&second.officer.client, &second.unit).await, ("2026-02-10".into(), "2026-04-01".into()));
    }

    async fn late_is_marked_where_the_city_allows_it(kind) {
        let world = World::build(kind).await;
        let mut over = window("REGISTRATION", "01-05", "02-01");
        change(&world, over.clone()).await.ok();
        assert_eq!(try_to_register(&world, 0).await.rule(), Some("WINDOW_CLOSED"));
        over["lateAllowed"] = json!(true);
        change(&world, over).await.ok();
        let late = try_to_register(&world, 0).await.ok();
        let id = late.text("registerHousehold.registration.id");
        let head = &world.branch(0, 0, 0).head.client;
        let shown = ask(head, "registration", json!({"id": id})).await.ok();
        assert_eq!(shown.data("registration.late"), true);
        assert_eq!(shown.data("registration.journal.0.late"), true);
        // what came in time stays in time, and a decision on it is not late
        let family = ask(head, "registration", json!({"id": world.branch(0, 0, 0).registration})).await.ok();
        assert_eq!(family.data("registration.late"), false);
    }

    async fn a_closed_year_is_read_only_until_it_is_reopened(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let input = json!({"year": YEAR, "reason": "Tổng kết xong"});
        let closed = mutate(&world.officer.client, "closeProgrammeYear", input.clone()).await.ok();
        assert!(!closed.data("closeProgrammeYear.programmeYear.closedAt").is_null());
        assert_eq!(closed.data("closeProgrammeYear.programmeYear.registrationOpen"), false);
        assert_eq!(try_to_register(&world, 0).await.rule(), Some("YEAR_CLOSED"));
        let approve = json!({"items": [{"id": branch.registration}]});
        let decided = mutate(&branch.head.client, "approveRegistrations", approve.clone()).await.ok();
        assert_eq!(decided.data("approveRegistrations.results.0.rule"), "YEAR_CLOSED");
        let withdraw = json!({"id": branch.registration, "expectedVersion": 1});
        assert_eq!(mutate(&branch.family.client, "withdrawRegistration", withdraw).await.rule(), Some("YEAR_CLOSED"));
        let ward = world.ward(0, 0);
        assert_eq!(narrow(&ward.officer.client, &ward.unit, "02-01", "03-01").await.rule(), Some("YEAR_CLOSED"));
        assert_eq!(change(&world, window("REGISTRATION", "01-05", "06-01")).await.rule(), Some("YEAR_CLOSED"));
        // reading goes on
        ask(&branch.head.client, "registration", json!({"id": branch.registration})).await.ok();
        mutate(&world.officer.client, "reopenProgrammeYear", input).await.ok();
        let decided = mutate(&branch.head.client, "approveRegistrations", approve).await.ok();
        assert_eq!(decided.data("approveRegistrations.results.0.outcome"), "APPLIED");
    }

    async fn windows_that_make_no_sense_are_told_where(kind) {
        let world = World::build(kind).await;
        let open = async |windows: Value| {
            mutate(&world.officer.client, "openProgrammeYear", json!({"year": 2027, "windows": windows})).await
        };
        let twice = json!([window("REGISTRATION", "01-05", "05-01"), window("REGISTRATION", "01-05", "05-01")]);
        assert_eq!(open(twice).await.problems(), [("windows.1.phase".to_owned(), "REPEATED".to_owned())]);
        let backwards = json!([window("REGISTRATION", "05-05", "05-01")]);
        assert_eq!(open(backwards).await.problems(), [("windows.0.closesAt".to_owned(), "ENDS_BEFORE_IT_BEGINS".to_owned())]);
        let without = json!([window("RECOGNITION", "01-05", "05-01")]);
        assert_eq!(open(without).await.problems(), [("windows".to_owned(), "REQUIRED".to_owned())]);
        assert_eq!(open(json!([])).await.problems(), [("windows".to_owned(), "REQUIRED".to_owned())]);
    }
}
