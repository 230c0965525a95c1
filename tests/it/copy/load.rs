//! How large a copy is and what a pull costs. The figures stand in ADR 0021; `--nocapture` prints them.

use std::io::{Cursor, Write as _};

use serde_json::json;
use tests::app::moment;
use tests::database::{Database, Kind};
use tests::factory::{Branch, World, create_household, decide, family_marks, mutate, parts, publish_shipped, register};
use tests::titles::AUTUMN;
use uuid::Uuid;
use zip::write::SimpleFileOptions;

use super::phone::{Phone, Pulled};

const FAMILIES: usize = 157;

/// What a compressed answer takes: the deflate of gzip, whose frame is shorter than the archive's.
fn compressed(bodies: &[Vec<u8>]) -> usize {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (at, body) in bodies.iter().enumerate() {
        archive
            .start_file(at.to_string(), SimpleFileOptions::default())
            .expect("a file");
        archive.write_all(body).expect("a body");
    }
    archive.finish().expect("an archive").into_inner().len()
}

/// A branch with as many families as the first in the city's largest wards, each with four members, a registration, and a
/// third of them with a signed score sheet.
async fn populous(world: &World, branch: &Branch) {
    let names = [
        "Nguyễn Văn Thành",
        "Trần Thị Hoà",
        "Lê Hoàng Dũng",
        "Phạm Thị Thu Hà",
        "Hoàng Minh Đức",
        "Đặng Thị Lan",
    ];
    let mut registrations = Vec::new();
    for number in 1..FAMILIES {
        let name = |more: usize| names[(number * 7 + more * 5) % names.len()];
        let members: Vec<_> = ["HEAD", "SPOUSE", "CHILD", "CHILD"].iter().enumerate()
            .map(|(at, relation)| json!({"name": name(at), "birth": format!("{}", 1960 + (number * 13 + at * 7) % 55), "relation": relation}))
            .collect();
        let input = json!({"headName": name(0), "phone": format!("09{:08}", number * 104_729 % 100_000_000),
            "address": format!("Số {} ngõ {} phố Hàng Bông", number % 90, number / 9), "members": members});
        let household = create_household(&branch.head.client, input).await;
        let answer = register(&branch.head.client, &household, Uuid::new_v4()).await.ok();
        registrations.push(answer.text("registerHousehold.registration.id"));
    }
    publish_shipped(&world.officer.client, "family-448-2015").await;
    let all: Vec<&str> = registrations.iter().map(String::as_str).collect();
    decide(&branch.head.client, "approveRegistrations", &all).await.ok();
    world.app.clock.set(moment(AUTUMN));
    for registration in registrations.iter().step_by(3) {
        let draft = json!({"registrationId": registration, "marks": family_marks(9.0)});
        mutate(&branch.head.client, "saveScoreSheet", draft).await.ok();
        mutate(
            &branch.head.client,
            "submitScoreSheet",
            json!({"registrationId": registration, "expectedVersion": 1}),
        )
        .await
        .ok();
    }
}

on_both! {
    async fn the_first_load_of_a_branch_head_is_small(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        populous(&world, branch).await;
        let mut phone = Phone::default();
        let pulled = phone.pull(&branch.head.client, 200).await;
        assert_eq!(phone.store.records.len(), 2 * FAMILIES);
        let set = criteria(branch).await;
        let (plain, small) = (pulled.bodies.iter().map(Vec::len).sum::<usize>() + set.len(), compressed(&[pulled.bodies.clone(), vec![set]].concat()));
        println!("first load, {kind:?}: {} pages, {plain} bytes, {small} compressed", pulled.pages.len());
        assert!(small <= 150 * 1024, "{small}");
        // and one that is up to date costs next to nothing
        let again = phone.pull(&branch.head.client, 200).await;
        assert!(again.came.is_empty() && again.bodies.concat().len() < 1_000);
    }

    async fn pages_end_by_records_and_by_bytes(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        populous(&world, branch).await;
        let whole = Phone::new(&branch.head.client).await;
        for first in [1, 7, 200, 500] {
            let mut phone = Phone::default();
            let pulled = phone.pull(&branch.head.client, first).await;
            assert_eq!(phone.store, whole.store);
            assert!(pulled.pages.iter().all(|(records, _)| *records <= first));
            for ((_, reckoned), body) in pulled.pages.iter().zip(&pulled.bodies) {
                assert!(*reckoned <= 256 * 1024 && body.len() < 512 * 1024, "{reckoned} {}", body.len());
            }
        }
        // whoever asks for much gets shorter pages
        let heavy = "query ($since: String) { changes(since: $since, first: 500) { reset bytes cursor hasMore records { id gone
            record { ... on Registration { journal { version action fromState toState reason actorName at } scoreSheets { lines { indicator
            text { vi en } maximum points counted computed note } shortfalls { message } } } } } } }";
        let (mut since, mut pages, mut records) = (None::<String>, 0, 0);
        loop {
            let answer = branch.head.client.run(heavy, json!({"since": since})).await.ok();
            assert!(answer.bytes.len() < 512 * 1024, "{}", answer.bytes.len());
            pages += 1;
            records += answer.list("changes.records").len();
            since = Some(answer.text("changes.cursor"));
            if answer.data("changes.hasMore") == &json!(false) {
                break;
            }
        }
        assert!(pages > 3 && records == 2 * FAMILIES, "{pages} {records}");
    }

    async fn a_pull_takes_as_many_statements_for_many_records_as_for_few(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        populous(&world, branch).await;
        let mut taken = Vec::new();
        // both pages hold households and registrations
        let part = Phone { cursor: None, ..Phone::default() };
        for (first, kinds) in [(500, 2), (300, 2)] {
            let before = world.app.statements();
            let answer = part.page(&branch.head.client, first).await.ok();
            taken.push(world.app.statements() - before);
            assert_eq!(answer.list("changes.records").iter().map(|change| change["kind"].to_string()).collect::<std::collections::BTreeSet<_>>().len(), kinds);
        }
        assert_eq!(taken[0], taken[1]);
        println!("statements of a page, {kind:?}: {}", taken[0]);
        assert!(taken[0] <= 30, "{taken:?}");
    }

    async fn a_family_begins_with_no_more_statements_than_it_goes_on_with(kind) {
        let world = World::build(kind).await;
        let family = &world.branch(0, 0, 0).family.client;
        let mut taken = Vec::new();
        // the same page twice: as a new copy, and as one that has nothing yet
        let empty = "query ($since: String) { changes(since: $since, first: 1) { cursor reset records { id } } }";
        let mut since = None::<String>;
        for _ in 0..2 {
            let before = world.app.statements();
            let answer = family.run(empty, json!({"since": since})).await.ok();
            taken.push(world.app.statements() - before);
            assert_eq!(answer.list("changes.records").len(), 1);
            since = Some(answer.text("changes.cursor"));
        }
        // going on looks for the change that the cursor names; beginning looks for no place
        assert_eq!(taken[0] + 1, taken[1], "{taken:?}");
    }

    async fn ten_thousand_changes_come_in_pages(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let mut phone = Phone::new(&ward.officer.client).await;
        fill(&world.app.database, branch, 10_000).await;
        let begun = std::time::Instant::now();
        let pulled = phone.pull(&ward.officer.client, 500).await;
        let (plain, small) = (pulled.bodies.iter().map(Vec::len).sum::<usize>(), compressed(&pulled.bodies));
        println!("10,000 changes, {kind:?}: {} pages, {plain} bytes, {small} compressed, {:?}", pulled.pages.len(), begun.elapsed());
        assert_eq!(pulled.came.len(), 10_000);
        assert_eq!(phone.store.records.len(), 10_004);
        let Pulled { came, .. } = phone.pull(&ward.officer.client, 500).await;
        assert!(came.is_empty());
    }
}

/// The criteria as the app's form shows them, which are a part of the first load.
async fn criteria(branch: &Branch) -> Vec<u8> {
    let whole = "query { changes(first: 1) { criteriaSets { id code version sample title { vi en } validFrom maximum
        groups { code title { vi en } maximum indicators { code text { vi en } maximum } } } } }";
    branch.head.client.run(whole, json!({})).await.ok().bytes
}

/// Households by the thousand, past the program: what notes the changes is the database.
async fn fill(database: &Database, branch: &Branch, many: u32) {
    let (tenant, unit) = parts(&branch.unit);
    let sql = match database.kind() {
        Kind::Postgres => format!(
            "CREATE TEMP TABLE new AS SELECT gen_random_uuid() AS id, n FROM generate_series(1, {many}) AS n;
             INSERT INTO subject (tenant_id, id, kind, created_at) SELECT '{tenant}', id, 'HOUSEHOLD', now() FROM new;
             INSERT INTO household (tenant_id, id, branch_id, ward_id, head_name, head_key, sort_key, address, address_key, version,
             created_by, created_at) SELECT h.tenant_id, new.id, h.branch_id, h.ward_id, 'Nguyễn Văn ' || n, 'x', '\\x01', 'Số ' || n,
             'x', 1, h.created_by, now() FROM new, (SELECT * FROM household WHERE branch_id = '{unit}' LIMIT 1) AS h"
        ),
        Kind::Sqlite => format!(
            "BEGIN; CREATE TEMP TABLE new AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {many})
             SELECT randomblob(16) AS id, n FROM c;
             INSERT INTO subject (tenant_id, id, kind, created_at) SELECT x'{tenant}', id, 'HOUSEHOLD', '2026-03-10T02:00:00+00:00' FROM new;
             INSERT INTO household (tenant_id, id, branch_id, ward_id, head_name, head_key, sort_key, address, address_key, version,
             created_by, created_at) SELECT h.tenant_id, new.id, h.branch_id, h.ward_id, 'Nguyễn Văn ' || n, 'x', x'01', 'Số ' || n,
             'x', 1, h.created_by, h.created_at FROM new, (SELECT * FROM household WHERE branch_id = x'{unit}' LIMIT 1) AS h; COMMIT",
            tenant = tenant.0.simple(),
            unit = unit.0.simple(),
        ),
    };
    database.sql(&sql).await;
}
