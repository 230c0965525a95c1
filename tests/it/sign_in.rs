//! Signing in, tokens, and the post one acts under.

use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use entity::vocabulary::Role;
use khuyenhoc::account::token::{Bearer, SigningKey, TokenKeys};
use khuyenhoc::clock::Clock as _;
use khuyenhoc::database::ACCESS_TOKEN_KEY;
use serde_json::{Value, json};
use tests::app::moment;
use tests::client::Answer;
use tests::database::Kind;
use tests::factory::{World, YEAR, appoint_account, ask, create_account};
use tests::operation;
use uuid::Uuid;

const PASSWORD: &str = "một hai ba bốn năm sáu";
const PHONE: &str = "0977000111";

async fn sign_in(world: &World, login: &str, password: &str) -> Answer {
    let input = json!({"input": {"login": login, "password": password}});
    world.app.anonymous().run(&operation::of("signIn"), input).await
}

/// A token that opens nothing, with whatever is asked.
async fn assert_refused(world: &World, token: &str, what: &str) {
    let answer = ask(&world.app.anonymous().with_token(token), "viewer", json!({})).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (401, Some("UNAUTHENTICATED")),
        "{what}: {token}"
    );
    assert!(answer.json.get("data").is_none(), "{what}");
}

/// The key this server signs with.
async fn signing_key(world: &World) -> SigningKey {
    let keys = world.app.app.db.sign_in().server_keys(ACCESS_TOKEN_KEY).await;
    let key = keys.expect("keys").into_iter().next().expect("a key");
    SigningKey::read(key.secret).expect("a signing key")
}

/// Whether two tokens say the same in their headers, in whatever order.
fn same_header(one: &str, other: &str) -> bool {
    let header = |token: &str| -> Value {
        let part = token.split('.').next().expect("a header");
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    header(one) == header(other)
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
        create_account(&world.app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
        let token = sign_in(&world, PHONE, PASSWORD).await.ok().text("signIn.accessToken");
        let sql = "UPDATE account SET disabled_at = created_at WHERE phone = '+84977000111'";
        world.app.database.sql(sql).await;
        assert_eq!(sign_in(&world, PHONE, PASSWORD).await.rule(), Some("WRONG_CREDENTIALS"));
        let answer = ask(&world.app.anonymous().with_token(&token), "viewer", json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, Some("UNAUTHENTICATED")));
    }

    async fn a_broken_or_an_expired_token_is_refused_before_anything_else(kind) {
        let world = World::build(kind).await;
        let token = world.leader.client.token().expect("a token");
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let bent = format!("{signed}.{}", signature.chars().rev().collect::<String>());
        for bad in [bent.as_str(), "x", "", &token[1..], &format!("{token}.{token}")] {
            assert_refused(&world, bad, bad).await;
        }
        let client = world.app.anonymous().with_token(&token);
        ask(&client, "viewer", json!({})).await.ok();
        world.app.clock.set(moment("2026-03-10T09:10:00+07:00"));
        assert_refused(&world, &token, "expired").await;
    }

    async fn tokens_of_other_keys_places_and_times_are_refused(kind) {
        let world = World::build(kind).await;
        let ours = signing_key(&world).await;
        let foreign = SigningKey::generate().expect("a key");
        // a foreign key under the name of ours
        let disguised = SigningKey { kid: ours.kid.clone(), ..foreign.clone() };
        let (issuer, audience) = (world.app.app.config.token_issuer.as_str(), world.app.app.config.token_audience.as_str());
        let now = world.app.clock.now();
        let bearer = Bearer { account: world.leader.account.0, session: world.leader.account.0, generation: world.leader.account.0, post: Some(world.leader.post.0) };
        let issue = |key: &SigningKey, issuer: &str, audience: &str, seconds: i64| {
            let keys = TokenKeys::new(std::slice::from_ref(key), issuer, audience, Duration::from_mins(10)).expect("keys");
            keys.issue(bearer, Uuid::nil(), now + TimeDelta::seconds(seconds)).expect("a token").0
        };
        let honest = issue(&ours, issuer, audience, 0);
        ask(&world.app.anonymous().with_token(&honest), "viewer", json!({})).await.ok();
        for (what, token) in [
            ("a foreign key", issue(&foreign, issuer, audience, 0)),
            ("a foreign key under our key's name", issue(&disguised, issuer, audience, 0)),
            ("another issuer", issue(&ours, "another", audience, 0)),
            ("another audience", issue(&ours, issuer, "another", 0)),
            ("expired", issue(&ours, issuer, audience, -600)),
            ("not yet valid", issue(&ours, issuer, audience, 31)),
        ] {
            assert_refused(&world, &token, what).await;
        }
    }

    async fn tokens_of_other_algorithms_are_refused(kind) {
        let world = World::build(kind).await;
        let ours = signing_key(&world).await;
        let token = world.leader.client.token().expect("a token");
        let claims = token.split('.').nth(1).expect("three parts");
        let unsigned = |algorithm: &str| {
            let header = json!({"alg": algorithm, "typ": "at+jwt", "kid": ours.kid});
            format!("{}.{claims}", URL_SAFE_NO_PAD.encode(header.to_string()))
        };
        // the header that our own tokens have: what follows is refused for its algorithm, not for its form
        assert!(same_header(&token, &unsigned("EdDSA")));
        for algorithm in ["none", "None", "NONE", "nOnE", ""] {
            assert_refused(&world, &format!("{}.", unsigned(algorithm)), algorithm).await;
        }
        // the public key is known to everybody: it must not become the secret of a symmetric algorithm
        for secret in [ours.public.clone(), URL_SAFE_NO_PAD.encode(&ours.public).into_bytes()] {
            let signed = unsigned("HS256");
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
            let signature = URL_SAFE_NO_PAD.encode(tag.as_ref());
            assert_refused(&world, &format!("{signed}.{signature}"), "HS256").await;
            let grafted = format!("{}.{signature}", unsigned("EdDSA"));
            assert_refused(&world, &grafted, "the signature of HS256 under our own header").await;
        }
    }

    async fn a_header_that_says_more_or_another_type_is_refused_though_the_signature_fits(kind) {
        let world = World::build(kind).await;
        let ours = signing_key(&world).await;
        let foreign = SigningKey::generate().expect("a key");
        let token = world.leader.client.token().expect("a token");
        let claims = token.split('.').nth(1).expect("three parts");
        let sign = |key: &SigningKey, header: &Value| {
            let message = format!("{}.{claims}", URL_SAFE_NO_PAD.encode(header.to_string()));
            let pair = Ed25519KeyPair::from_pkcs8(&key.pkcs8).expect("a key pair");
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes())))
        };
        let with = |member: &str, value: Value| {
            let mut header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": ours.kid});
            header[member] = value;
            header
        };
        let honest = sign(&ours, &with("typ", json!("at+jwt")));
        ask(&world.app.anonymous().with_token(&honest), "viewer", json!({})).await.ok();
        let jwk = |key: &SigningKey| json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(&key.public)});
        for (member, value) in [
            ("crit", json!(["exp"])),
            ("crit", json!([])),
            ("b64", json!(false)),
            ("jwk", jwk(&ours)),
            ("jku", json!("https://attacker.example/jwks.json")),
            ("x5u", json!("https://attacker.example/cert")),
            ("x5c", json!([])),
            ("typ", json!("JWT")),
            ("typ", json!("rt+jwt")),
            ("typ", json!("application/at+jwt")),
            ("typ", Value::Null),
            ("kid", json!("../../dev/null")),
            ("kid", json!("' OR 1=1 --")),
            ("kid", json!([ours.kid])),
        ] {
            let header = with(member, value.clone());
            assert_refused(&world, &sign(&ours, &header), &format!("{member}: {value}")).await;
        }
        // a key that the token brings itself
        for (member, value) in [("jwk", jwk(&foreign)), ("jku", json!("data:application/json,{}")), ("kid", json!(foreign.kid))] {
            let header = with(member, value);
            assert_refused(&world, &sign(&foreign, &header), member).await;
        }
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
