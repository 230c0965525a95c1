//! How many statements an answer takes: the same for five rows and for fifty.

use serde_json::json;
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, create_household, register};
use uuid::Uuid;

const NESTED: &str = "query ($year: Int!, $first: Int!) {
  registrations(year: $year, first: $first) {
    totalCount
    edges { node { id household { id headName members { name } branch { name } } branch { name } journal { action actorName } } }
  }
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
        let mut taken = Vec::new();
        for first in [5, 50] {
            let before = world.app.statements();
            let answer = head.run(NESTED, json!({"year": YEAR, "first": first})).await.ok();
            assert_eq!(answer.list("registrations.edges").len(), first);
            taken.push(world.app.statements() - before);
        }
        assert_eq!(taken[0], taken[1]);
        // account, posts; list, total; households, members, journals; units with their kinds, twice at most
        assert!(taken[0] <= 11, "{taken:?}");
    }
}

on_both! {
    async fn the_city_is_read_in_a_fixed_number_of_statements(kind) {
        let world = World::build(kind).await;
        let before = world.app.statements();
        ask(&world.leader.client, "cityOverview", json!({"year": YEAR})).await.ok();
        let taken = world.app.statements() - before;
        // account; posts; associations; their top units; the kinds of those; registration counters; household counters;
        // targets
        assert_eq!(taken, 8);
    }
}
