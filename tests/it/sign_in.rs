//! Signing in, tokens, and the post one acts under.

use entity::vocabulary::Role;
use serde_json::json;
use tests::app::moment;
use tests::client::Answer;
use tests::database::Kind;
use tests::factory::{World, YEAR, appoint_account, ask, create_account};
use tests::operation;

const PASSWORD: &str = "một hai ba bốn năm sáu";
const PHONE: &str = "0977000111";

async fn sign_in(world: &World, login: &str, password: &str) -> Answer {
    let input = json!({"input": {"login": login, "password": password}});
    world.app.anonymous().run(&operation::of("signIn"), input).await
}

on_both! {
    async fn the_right_password_gives_a_token_that_works(kind) {
        let world = World::build(kind).await;
        let (district, branch) = (world.district(0), world.branch(0, 0, 0));
        let account = create_account(&world.app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
        let always = ("2026-01-01T00:00:00+07:00", None);
        appoint_account(&world.app, district.tenant, &branch.unit, Role::BranchHead, account, always).await;
        // as people write it
        let answer = sign_in(&world, "+84 977.000.111", PASSWORD).await.ok();
        assert_eq!(answer.text("signIn.expiresAt"), "2026-03-10T09:10:00+07:00");
        assert_eq!(answer.text("signIn.viewer.actingPost.role"), "BRANCH_HEAD");
        let client = world.app.anonymous().with_token(&answer.text("signIn.accessToken"));
        ask(&client, "registrations", json!({"year": YEAR})).await.ok();
    }

    async fn a_wrong_password_and_an_unknown_account_are_answered_alike(kind) {
        let world = World::build(kind).await;
        create_account(&world.app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
        create_account(&world.app, "Cao Thị Không", Some("0977000222"), None).await;
        let wrong = sign_in(&world, PHONE, "một hai ba bốn năm bảy").await;
        assert_eq!((wrong.code(), wrong.rule()), (Some("UNAUTHENTICATED"), Some("WRONG_CREDENTIALS")));
        let longer = PASSWORD.to_owned() + " ";
        for (login, password) in [("0977000333", PASSWORD), ("0977000222", PASSWORD), ("nobody", PASSWORD), ("", ""), (PHONE, &longer)] {
            assert_eq!(sign_in(&world, login, password).await.comparable(), wrong.comparable(), "{login}");
        }
    }

    async fn a_disabled_account_is_answered_like_a_wrong_password_and_its_token_is_dead(kind) {
        let world = World::build(kind).await;
        let account = create_account(&world.app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
        let token = sign_in(&world, PHONE, PASSWORD).await.ok().text("signIn.accessToken");
        let sql = format!("UPDATE account SET disabled_at = created_at WHERE phone = '+84977000111' AND name <> '{account}'");
        world.app.database.sql(&sql).await;
        assert_eq!(sign_in(&world, PHONE, PASSWORD).await.rule(), Some("WRONG_CREDENTIALS"));
        let answer = ask(&world.app.anonymous().with_token(&token), "viewer", json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, Some("UNAUTHENTICATED")));
    }

    async fn an_expired_a_foreign_and_a_broken_token_are_refused_before_anything_else(kind) {
        let world = World::build(kind).await;
        let other = World::build(Kind::Sqlite).await;
        let token = world.leader.client.token().expect("a token");
        // signed by the key of another installation (on SQLite all tests share one, so the signature is bent instead)
        let foreign = match kind {
            Kind::Postgres => other.leader.client.token().expect("a token"),
            Kind::Sqlite => {
                let (signed, signature) = token.rsplit_once('.').expect("three parts");
                format!("{signed}.{}", signature.chars().rev().collect::<String>())
            }
        };
        for bad in [foreign.as_str(), "x", "", &token[1..], &format!("{token}.{token}")] {
            let answer = ask(&world.app.anonymous().with_token(bad), "viewer", json!({})).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (401, Some("UNAUTHENTICATED")), "{bad}");
            assert!(answer.json.get("data").is_none());
        }
        let client = world.app.anonymous().with_token(&token);
        ask(&client, "viewer", json!({})).await.ok();
        world.app.clock.set(moment("2026-03-10T09:10:00+07:00"));
        let answer = ask(&client, "viewer", json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, Some("UNAUTHENTICATED")));
    }

    async fn another_persons_post_cannot_be_acted_under(kind) {
        let world = World::build(kind).await;
        let (mine, theirs) = (world.branch(0, 0, 0), world.branch(0, 0, 1));
        for post in [&theirs.head.post_id, &world.officer.post_id, &world.district(1).officer.post_id] {
            let client = mine.head.client.with_header("x-acting-post", post);
            let answer = ask(&client, "registrations", json!({"year": YEAR})).await;
            assert_eq!(answer.code(), Some("FORBIDDEN"));
        }
        for nonsense in ["x", mine.unit.as_str()] {
            let client = mine.head.client.with_header("x-acting-post", nonsense);
            assert_eq!(ask(&client, "viewer", json!({})).await.code(), Some("INVALID"));
        }
    }

    async fn who_holds_several_posts_says_under_which_one(kind) {
        let world = World::build(kind).await;
        let account = create_account(&world.app, "Cao Thị Nhiều", None, None).await;
        let always = ("2026-01-01T00:00:00+07:00", None);
        let mut posts = Vec::new();
        for district in [0, 1] {
            let (tenant, branch) = (world.district(district).tenant, world.branch(district, 0, 0));
            posts.push(appoint_account(&world.app, tenant, &branch.unit, Role::BranchHead, account, always).await);
        }
        let undecided = world.app.client(account, None);
        let answer = ask(&undecided, "registrations", json!({"year": YEAR})).await;
        assert_eq!((answer.code(), answer.rule()), (Some("FORBIDDEN"), Some("POST_NEEDED")));
        let viewer = ask(&undecided, "viewer", json!({})).await.ok();
        assert_eq!(viewer.list("viewer.posts").len(), 2);
        assert!(viewer.data("viewer.actingPost").is_null());
        for (district, post) in posts.iter().enumerate() {
            let acting = undecided.with_header("x-acting-post", &post.post_id);
            let list = ask(&acting, "registrations", json!({"year": YEAR})).await.ok();
            assert_eq!(list.text("registrations.edges.0.node.id"), world.branch(district, 0, 0).registration);
        }
    }
}
