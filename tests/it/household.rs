//! Households as Vietnamese people look for them, and what is said about values that must be mended.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{World, ask, create_household, mutate};

async fn enter(world: &World, names: &[&str]) {
    for (at, name) in names.iter().enumerate() {
        let input = json!({"headName": name, "address": format!("Ngõ {at}")});
        create_household(&world.branch(0, 1, 0).head.client, input).await;
    }
}

async fn names(client: &Client, variables: Value) -> Vec<String> {
    let answer = ask(client, "households", variables).await.ok();
    let name = |edge: &Value| {
        edge.pointer("/node/headName")
            .and_then(Value::as_str)
            .map(ToOwned::to_owned)
    };
    answer.list("households.edges").iter().filter_map(name).collect()
}

on_both! {
    async fn any_word_is_found_by_its_beginning_whatever_the_marks(kind) {
        let world = World::build(kind).await;
        enter(&world, &["Đặng Thị Ánh", "Dương Văn Đạt", "Trần Đức Minh"]).await;
        let head = &world.branch(0, 1, 0).head.client;
        for (search, expected) in [
            ("dang", vec!["Đặng Thị Ánh"]),
            ("ĐẶNG", vec!["Đặng Thị Ánh"]),
            ("anh", vec!["Đặng Thị Ánh"]),
            ("d", vec!["Đặng Thị Ánh", "Dương Văn Đạt", "Trần Đức Minh"]),
            ("duc mi", vec!["Trần Đức Minh"]),
            ("ang", vec![]),
        ] {
            let found: BTreeSet<String> = names(head, json!({"search": search})).await.into_iter().collect();
            assert_eq!(found, expected.into_iter().map(ToOwned::to_owned).collect(), "{search}");
        }
    }

    async fn lists_are_in_the_order_of_given_names(kind) {
        let world = World::build(kind).await;
        enter(&world, &["Trần Thị Đào", "Lê Văn An", "Bùi Thị Ánh", "Phạm Văn Dũng", "Lê Thị Xuân"]).await;
        let list = names(&world.branch(0, 1, 0).head.client, json!({})).await;
        assert_eq!(list, ["Lê Văn An", "Bùi Thị Ánh", "Phạm Văn Dũng", "Trần Thị Đào", "Nguyễn Văn Nhà", "Lê Thị Xuân"]);
    }

    async fn pages_of_any_size_make_up_the_list(kind) {
        let world = World::build(kind).await;
        // many of one name: the cursor must tell equal sort keys apart
        enter(&world, &["Lê Văn An", "Lê Văn An", "Lê Văn An", "Bùi Thị Ánh", "Lê Thị Xuân", "Lê Văn An"]).await;
        let head = &world.branch(0, 1, 0).head.client;
        for search in [Value::Null, json!("le")] {
            let whole = ask(head, "households", json!({"first": 100, "search": search})).await.ok();
            let whole: Vec<Value> = whole.list("households.edges").iter().map(|edge| edge["node"].clone()).collect();
            for size in 1..=whole.len() + 1 {
                let (mut together, mut after) = (Vec::new(), Value::Null);
                loop {
                    let page = ask(head, "households", json!({"first": size, "after": after, "search": search})).await.ok();
                    together.extend(page.list("households.edges").iter().map(|edge| edge["node"].clone()));
                    if page.data("households.pageInfo.hasNextPage") != &json!(true) {
                        break;
                    }
                    after = page.data("households.pageInfo.endCursor").clone();
                }
                assert_eq!(together, whole, "{size} {search}");
            }
        }
    }

    async fn phone_numbers_are_kept_in_one_form_and_tell_duplicates(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let household = |phone: &str, name: &str| json!({"headName": name, "phone": phone, "address": "Số 77 phố Huế"});
        let first = mutate(head, "createHousehold", household("0933 444.555", "Hà Thị Một")).await.ok();
        assert_eq!(first.text("createHousehold.household.phone"), "+84933444555");
        let second = mutate(head, "createHousehold", household("+84 933 444 555", "Hà Thị Hai")).await.ok();
        assert_eq!(second.text("createHousehold.outcome"), "DUPLICATE_CANDIDATES");
        assert_eq!(second.text("createHousehold.duplicates.0.reason"), "PHONE");
        let same = mutate(head, "createHousehold", household("", "HA THI MOT")).await.ok();
        assert_eq!(same.text("createHousehold.duplicates.0.reason"), "NAME_AND_ADDRESS");
        let mut insist = household("+84 933 444 555", "Hà Thị Hai");
        insist["confirmDistinct"] = json!(true);
        assert_eq!(mutate(head, "createHousehold", insist).await.ok().text("createHousehold.outcome"), "APPLIED");
        world.app.assert_counters().await;
    }

    async fn a_family_learns_nothing_about_other_numbers(kind) {
        let world = World::build(kind).await;
        let family = &world.branch(0, 0, 0).family.client;
        let household = |phone: &str| json!({"headName": "Hà Thị Ba", "phone": phone, "address": "Số 78 phố Huế"});
        // the numbers of the family itself and of one in the next branch, both registered
        let own = mutate(family, "createHousehold", household("0912000000")).await.ok();
        assert_eq!(own.text("createHousehold.outcome"), "DUPLICATE_CANDIDATES");
        let other = mutate(family, "createHousehold", household("0912000001")).await.ok();
        assert_eq!(other.text("createHousehold.outcome"), "APPLIED");
    }

    async fn a_form_is_refused_once_with_all_that_is_wrong(kind) {
        let world = World::build(kind).await;
        let input = json!({
            "headName": "x\u{202e}y", "phone": "12", "address": " ",
            "members": [{"name": "Lê Văn Con", "birth": "2026-13", "relation": "CHILD"}, {"name": "", "relation": "CHILD"}],
        });
        let answer = mutate(&world.branch(0, 0, 0).head.client, "createHousehold", input).await;
        assert_eq!(answer.code(), Some("INVALID"));
        let fields = answer.extension("fields").and_then(Value::as_array).expect("fields");
        let paths: BTreeSet<&str> = fields.iter().filter_map(|field| field["path"].as_str()).collect();
        assert_eq!(paths, BTreeSet::from(["headName", "phone", "address", "members.0.birth", "members.1.name"]));
    }
}
