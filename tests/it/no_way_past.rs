//! The ways in that know a password are no ways past a second factor.

use entity::vocabulary::Role;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::Answer;
use tests::database::Kind;
use tests::factory::{Person, World, account_id, appoint_account, ask, create_account, lost_factor, mutate};
use tests::operation;

const PHONE: &str = "0977000222";
const PASSWORD: &str = "một hai ba bốn năm sáu";
const OTHER: &str = "bảy tám chín mười mười một";
const ALWAYS: (&str, Option<&str>) = ("2026-01-01T00:00:00+07:00", None);

/// A branch head with a password and a second factor.
async fn head(world: &World) -> Person {
    let account = create_account(&world.app, "Cao Thị Chắc", Some(PHONE), Some(PASSWORD)).await;
    lost_factor(&world.app, account).await;
    let (tenant, unit) = (world.district(0).tenant, &world.branch(0, 0, 0).unit);
    appoint_account(&world.app, tenant, unit, Role::BranchHead, account, ALWAYS).await
}

async fn anonymous(app: &TestApp, field: &str, input: Value) -> Answer {
    app.anonymous()
        .run(&operation::of(field), json!({ "input": input }))
        .await
}

async fn sign_in(app: &TestApp, password: &str) -> Answer {
    anonymous(app, "signIn", json!({"login": PHONE, "password": password})).await
}

on_both! {
    async fn an_invitation_and_a_password_do_not_sign_in(kind) {
        let world = World::build(kind).await;
        head(&world).await;
        let branch = world.branch(0, 0, 1);
        let made = mutate(&branch.head.client, "createInvitations", json!({"householdIds": [branch.household]})).await.ok();
        let code = made.text("createInvitations.results.0.code");
        // more often than anybody may guess: a right password is no guess
        for _ in 0..12 {
            let input = json!({"code": code, "name": "Cao Thị Chắc", "phone": PHONE, "password": PASSWORD});
            assert_eq!(anonymous(&world.app, "acceptInvitation", input).await.rule(), Some("SECOND_FACTOR_NEEDED"));
        }
        // nothing was joined
        let open = ask(&branch.head.client, "invitations", json!({})).await.ok();
        assert_eq!(open.data("invitations.edges.0.node.state"), "OPEN");
        let newcomer = json!({"code": code, "name": "Mai Thị Mới", "phone": "0977000333", "password": OTHER});
        anonymous(&world.app, "acceptInvitation", newcomer).await.ok();
    }

    async fn a_recovery_code_sets_the_password_and_leaves_the_factor(kind) {
        let world = World::build(kind).await;
        let head = head(&world).await;
        let officer = &world.ward(0, 0).officer.client;
        let issued = mutate(officer, "issueRecoveryCode", json!({"accountId": account_id(head.account)})).await.ok();
        let wish = json!({"login": PHONE, "code": issued.text("issueRecoveryCode.code"), "newPassword": OTHER});
        for _ in 0..2 {
            let recovered = anonymous(&world.app, "recover", wish.clone()).await;
            assert_eq!(recovered.rule(), Some("SECOND_FACTOR_NEEDED"));
        }
        assert_eq!(sign_in(&world.app, PASSWORD).await.rule(), Some("WRONG_CREDENTIALS"));
        assert_eq!(sign_in(&world.app, OTHER).await.rule(), Some("SECOND_FACTOR_NEEDED"));
        assert_eq!(ask(&head.client, "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
    }
}
