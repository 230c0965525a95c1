//! How many statements an answer takes: the same for five rows and for fifty.

use entity::vocabulary::Role;
use serde_json::json;
use tests::database::Kind;
use tests::factory::{World, YEAR, appoint_account, ask, create_household, create_unit, register};
use uuid::Uuid;

/// Nothing of one kind is asked for at two depths: whether two such batches go out as one is a matter of time.
const NESTED: &str = "query ($year: Int!, $first: Int!) {
  registrations(year: $year, first: $first) {
    totalCount
    edges { node { id household { id headName members { name } branch { name } ward { name } } journal { action actorName } } }
  }
}";

const PLACED: &str = "query ($year: Int!, $first: Int!) {
  registrations(year: $year, first: $first) { edges { node { id branch { name } } } }
}";

/// Down two levels, and from every unit there up again.
const TREE: &str = "query ($id: ID!, $first: Int!) {
  unit(id: $id) { children(first: $first) { nodes {
    parent { children(first: $first) { nodes { children(first: $first) { nodes { parent { parent { name } } } } } } }
  } } }
}";

on_both! {
    async fn a_nested_list_takes_as_many_statements_for_fifty_as_for_five(kind) {
    let world = World::build(kind).await;
    let head = &world.branch(0, 0, 0).head.client;
    for number in 0..49 {
        let input = json!({"headName": "Tạ Văn Dài", "address": format!("Số {number}")});
        let household = create_household(head, input).await;
        register(head, &household, Uuid::new_v4()).await.ok();
    }
    // account, session, posts; list, total; units with their kinds; households, members, journals
    for (document, most) in [(NESTED, 10), (PLACED, 7)] {
        let mut taken = Vec::new();
        for first in [5, 50] {
            let before = world.app.statements();
            let answer = head.run(document, json!({"year": YEAR, "first": first})).await.ok();
            assert_eq!(answer.list("registrations.edges").len(), first);
            taken.push(world.app.statements() - before);
        }
        assert_eq!(taken[0], taken[1]);
        assert!(taken[0] <= most, "{taken:?}");
    }
    }
}

on_both! {
    async fn the_city_is_read_in_a_fixed_number_of_statements(kind) {
        let world = World::build(kind).await;
        let before = world.app.statements();
        ask(&world.leader.client, "cityOverview", json!({"year": YEAR})).await.ok();
        let taken = world.app.statements() - before;
        // account; session; posts; associations; their top units; the kinds of those; registration counters; household counters;
        // targets
        assert_eq!(taken, 9);
    }
}

on_both! {
    async fn a_tree_of_units_takes_as_many_statements_for_many_as_for_one(kind) {
        let world = World::build(kind).await;
        let (district, city) = (world.district(0), &world.officer.client);
        for ward in &district.wards {
            for number in 10..15 {
                create_unit(&district.officer.client, &ward.unit, "BRANCH", &format!("Chi hội {number}")).await;
            }
        }
        // two statements for each field with units below or above, and for the unit itself; above a district three;
        // account, session, posts; below the city associations, their top units and kinds
        for (client, unit, top, most) in [
            (&district.officer.client, &district.unit, "Hoàn Kiếm", 17),
            (city, &district.unit, "Hoàn Kiếm", 17),
            (city, &world.unit, "Hà Nội", 21),
        ] {
            let mut taken = Vec::new();
            for first in [1, 9] {
                let before = world.app.statements();
                let answer = client.run(TREE, json!({"id": unit, "first": first})).await.ok();
                taken.push(world.app.statements() - before);
                let shown = answer.list("unit.children.nodes").len();
                assert_eq!(shown, first.min(2));
                let low = answer.list("unit.children.nodes.0.parent.children.nodes.0.children.nodes");
                assert_eq!(low.len(), first.min(if top == "Hà Nội" { 2 } else { 7 }));
                assert!(low.iter().all(|unit| unit["parent"]["parent"]["name"] == top), "{low:?}");
            }
            assert_eq!(taken[0], taken[1]);
            assert!(taken[0] <= most, "{taken:?}");
        }
    }

    async fn each_unit_of_a_list_has_its_own_page_below(kind) {
        let world = World::build(kind).await;
        let (district, ward) = (world.district(0), world.ward(0, 0));
        create_unit(&district.officer.client, &ward.unit, "BRANCH", "Chi hội 10").await;
        let pages = "query ($id: ID!) { unit(id: $id) { children { nodes { id
            children(first: 2) { nodes { name } pageInfo { hasNextPage endCursor } } } } } }";
        let next = "query ($id: ID!, $after: String) { unit(id: $id) {
            children(first: 2, after: $after) { nodes { name } pageInfo { hasNextPage } } } }";
        for client in [&district.officer.client, &world.officer.client] {
            let answer = client.run(pages, json!({"id": district.unit})).await.ok();
            for (at, names, more) in [(0, ["Chi hội 1", "Chi hội 2"], true), (1, ["Chi hội 3", "Chi hội 4"], false)] {
                let page = answer.data(&format!("unit.children.nodes.{at}.children"));
                assert_eq!(page["nodes"], json!([{"name": names[0]}, {"name": names[1]}]));
                assert_eq!(page["pageInfo"]["hasNextPage"], more);
            }
            let after = answer.text("unit.children.nodes.0.children.pageInfo.endCursor");
            let rest = client.run(next, json!({"id": ward.unit, "after": after})).await.ok();
            let expected = json!({"nodes": [{"name": "Chi hội 10"}], "pageInfo": {"hasNextPage": false}});
            assert_eq!(rest.data("unit.children"), &expected);
        }
    }

    async fn posts_in_one_association_are_placed_with_one_batch(kind) {
        let world = World::build(kind).await;
        let (ward, head) = (world.ward(0, 0), &world.branch(0, 0, 0).head);
        let posts = "{ viewer { posts { unit { name } } } }";
        let mut taken = Vec::new();
        for held in 1..=2 {
            let before = world.app.statements();
            let answer = head.client.run(posts, json!({})).await.ok();
            taken.push(world.app.statements() - before);
            assert_eq!(answer.list("viewer.posts").len(), held);
            let (tenant, from) = (world.district(0).tenant, ("2026-01-01T00:00:00+07:00", None));
            appoint_account(&world.app, tenant, &ward.unit, Role::WardOfficer, head.account, from).await;
        }
        assert_eq!(taken[0], taken[1]);
    }
}
