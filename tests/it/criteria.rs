//! Criteria sets: publishing, finding the one that applies, and the operator's commands.

use serde_json::{Value, json};
use tests::client::Answer;
use tests::database::{Database, Kind};
use tests::factory::{World, YEAR, ask, mutate, publish_shipped};
use tests::folder::Folder;
use tests::process::run as program;
use uuid::Uuid;

/// A small set for families, in force from a day on.
fn document(code: &str, version: i32, valid_from: &str) -> String {
    format!(
        "code: {code}\nversion: {version}\nmodel: LEARNING_FAMILY\ntitle: {{vi: Bộ, en: Set}}\n\
         decision: {{number: 1/QĐ, date: 2025-01-02, issuer: {{vi: Hội, en: Association}}}}\nvalidFrom: {valid_from}\n\
         maximum: 10\ngroups:\n  - code: '1'\n    title: {{vi: Một, en: One}}\n    maximum: 10\n    indicators:\n\
         \u{20}     - {{code: '1.1', text: {{vi: a, en: a}}, maximum: 10}}\npass: {{total: 8}}\n\
         form: {{introduction: {{vi: a, en: a}}, declaration: {{vi: a, en: a}}}}\n"
    )
}

async fn publish(world: &World, document: &str) -> Answer {
    mutate(
        &world.officer.client,
        "publishCriteriaSet",
        json!({"document": document}),
    )
    .await
}

/// Code and version of the set that the first family is marked by.
async fn applying(world: &World) -> Value {
    let branch = world.branch(0, 0, 0);
    let shown = ask(
        &branch.family.client,
        "registration",
        json!({"id": branch.registration}),
    )
    .await
    .ok();
    shown.data("registration.criteriaSet").clone()
}

on_both! {
    async fn a_published_set_is_read_by_everybody_of_the_city(kind) {
        let world = World::build(kind).await;
        let id = publish_shipped(&world.officer.client, "citizen-pilot").await;
        for (role, person) in world.roles() {
            let shown = ask(&person.client, "criteriaSet", json!({"id": id})).await.ok();
            assert_eq!(shown.data("criteriaSet.code"), "citizen-pilot", "{role:?}");
            assert_eq!(shown.data("criteriaSet.sample"), false);
            assert!(!shown.list("criteriaSet.groups.0.indicators").is_empty());
            let all = ask(&person.client, "criteriaSets", json!({"year": YEAR, "model": "LEARNING_CITIZEN"})).await.ok();
            assert_eq!(all.list("criteriaSets").len(), 1);
            let none = ask(&person.client, "criteriaSets", json!({"model": "LEARNING_CLAN"})).await.ok();
            assert!(none.list("criteriaSets").is_empty());
            let node = person.client.run("query($id: ID!) { node(id: $id) { id ... on CriteriaSet { code } } }", json!({"id": id})).await.ok();
            assert_eq!(node.data("node.code"), "citizen-pilot");
        }
        let sample = publish_shipped(&world.officer.client, "family-448-2015").await;
        let shown = ask(&world.leader.client, "criteriaSet", json!({"id": sample})).await.ok();
        assert_eq!(shown.data("criteriaSet.sample"), true);
    }

    async fn a_set_never_changes_and_a_version_does(kind) {
        let world = World::build(kind).await;
        let first = document("nho", 1, "2025-01-01");
        let key = Uuid::new_v4();
        let input = json!({"idempotencyKey": key, "document": first});
        let done = mutate(&world.officer.client, "publishCriteriaSet", input.clone()).await.ok();
        assert_eq!(done.data("publishCriteriaSet.outcome"), "APPLIED");
        let again = mutate(&world.officer.client, "publishCriteriaSet", input).await.ok();
        assert_eq!(again.data("publishCriteriaSet.outcome"), "REPLAYED");
        let there = publish(&world, &first).await.ok();
        assert_eq!(there.data("publishCriteriaSet.outcome"), "ALREADY_PUBLISHED");
        assert_eq!(there.data("publishCriteriaSet.criteriaSet"), done.data("publishCriteriaSet.criteriaSet"));
        let other = publish(&world, &first.replace("total: 8", "total: 9")).await;
        assert_eq!((other.code(), other.rule()), (Some("CONFLICT"), Some("CRITERIA_VERSION_TAKEN")));
        let reused = json!({"idempotencyKey": key, "document": document("nho", 2, "2025-01-01")});
        let reused = mutate(&world.officer.client, "publishCriteriaSet", reused).await.ok();
        assert_eq!(reused.data("publishCriteriaSet.outcome"), "KEY_REUSED");
        publish(&world, &document("nho", 2, "2025-01-01")).await.ok();
        assert_eq!(ask(&world.officer.client, "criteriaSets", json!({})).await.ok().list("criteriaSets").len(), 2);
    }

    async fn what_does_not_add_up_is_told_by_line_and_reason(kind) {
        let world = World::build(kind).await;
        let wrong = document("nho", 0, "2025-01-01").replace("maximum: 10\ngroups", "maximum: 12\ngroups");
        let answer = publish(&world, &wrong).await.ok();
        assert_eq!(answer.data("publishCriteriaSet.outcome"), "INCONSISTENT");
        assert!(answer.data("publishCriteriaSet.criteriaSet").is_null());
        let told: Vec<(Value, Value)> = answer.list("publishCriteriaSet.problems").iter()
            .map(|problem| (problem["line"].clone(), problem["code"].clone())).collect();
        assert_eq!(told, [(json!(2), json!("VERSION")), (json!(7), json!("SET_SUM"))]);
        assert_eq!(
            answer.data("publishCriteriaSet.problems.1.message"),
            "The set's maximum must be the sum of its groups, which is 10."
        );
        assert!(ask(&world.officer.client, "criteriaSets", json!({})).await.ok().list("criteriaSets").is_empty());
    }

    async fn the_set_last_in_force_by_the_end_of_the_year_applies(kind) {
        let world = World::build(kind).await;
        assert!(applying(&world).await.is_null());
        for (code, version, from) in [("cu", 3, "2024-01-01"), ("moi", 1, "2026-06-01"), ("sau", 1, "2027-01-01")] {
            publish(&world, &document(code, version, from)).await.ok();
        }
        assert_eq!(applying(&world).await["code"], "moi");
        publish(&world, &document("moi", 2, "2026-06-01")).await.ok();
        assert_eq!(applying(&world).await["version"], 2);
        // one that has ended before the year is not of it, however late it began
        let ended = document("het", 1, "2025-06-01").replace("maximum: 10\ngroups", "validTo: 2025-12-31\nmaximum: 10\ngroups");
        publish(&world, &ended).await.ok();
        let of_year = ask(&world.officer.client, "criteriaSets", json!({"year": YEAR})).await.ok();
        assert_eq!(of_year.list("criteriaSets").len(), 3);
    }

    async fn the_operator_checks_publishes_and_lists(kind) {
        let folder = Folder::new().expect("a folder");
        let file = folder.path().join("bo.yaml");
        let path = file.display().to_string();
        std::fs::write(&file, document("nho", 0, "2025-01-01")).expect("a file");
        let checked = program(&["criteria", "check", &path], &[], "").await;
        assert_eq!(checked.status.code(), Some(1));
        assert!(checked.stdout.starts_with(&format!("{path}:2:10 VERSION ")), "{}", checked.stdout);
        std::fs::write(&file, document("nho", 1, "2025-01-01")).expect("a file");
        assert!(program(&["criteria", "check", &path], &[], "").await.status.success());

        let database = Database::fresh(kind).await;
        let operate = async |arguments: &[&str]| {
            program(arguments, &[("KHUYENHOC_DATABASE_URL", database.url())], "").await
        };
        let early = operate(&["criteria", "publish", "--shipped"]).await;
        assert!(early.stderr.contains("no city"), "{}", early.stderr);
        let founded = operate(&["account", "create", "--name", "Trần Thị Cán", "--role", "CITY_OFFICER", "--city", "Hà Nội", "--phone", "0912345678"]).await;
        assert!(founded.status.success(), "{}", founded.stderr);
        let published = operate(&["criteria", "publish", "--shipped"]).await;
        assert!(published.status.success(), "{}", published.stderr);
        assert_eq!(published.stdout.lines().filter(|line| line.ends_with(": published")).count(), 6);
        let again = operate(&["criteria", "publish", "--shipped"]).await;
        assert_eq!(again.stdout.lines().filter(|line| line.ends_with(": was published before")).count(), 6);
        assert!(operate(&["criteria", "publish", &path]).await.status.success());
        std::fs::write(&file, document("nho", 1, "2025-01-02")).expect("a file");
        let taken = operate(&["criteria", "publish", &path]).await;
        assert!(taken.stderr.contains("raise the version"), "{}", taken.stderr);
        let listed = operate(&["criteria", "list"]).await.stdout;
        assert_eq!(listed.lines().count(), 7, "{listed}");
        assert!(listed.contains("citizen-pilot\t1\tLEARNING_CITIZEN\t-\t") && listed.contains("\tsample\t"), "{listed}");
    }
}

#[test]
fn the_page_about_criteria_has_every_fault_and_a_set_that_is_sound() {
    let page = khuyenhoc::criteria::page();
    for fault in khuyenhoc::criteria::problem::Fault::samples() {
        assert!(page.contains(&format!("| {} |", fault.code())), "{fault:?}");
    }
    let (_, example) = page.split_once("```yaml\n").expect("an example");
    let (example, _) = example.split_once("```").expect("its end");
    assert!(khuyenhoc::criteria::check::read(example).is_ok());
}
