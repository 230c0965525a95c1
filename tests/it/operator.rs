//! `khuyenhoc account create`: how the first people come in.

use tests::database::{Database, Kind};
use tests::process::{Output, run};

/// Gives somebody a post, with the first city officer's unless `more` says another.
async fn create(database: &Database, name: &str, more: &[&str]) -> Output {
    let arguments = [&["account", "create", "--name", name], more].concat();
    run(&arguments, &[("KHUYENHOC_DATABASE_URL", database.url())], "").await
}

on_both! {
    async fn two_first_officers_at_once_found_one_city(kind) {
        let database = Database::fresh(kind).await;
        let both = tokio::join!(
            create(&database, "Hoàng Thu Thủy", &["--phone", "0912345678"]),
            create(&database, "Đặng Quang Sơn", &["--phone", "0912345679"]),
        );
        for (output, name, phone) in [(both.0, "Hoàng Thu Thủy", "0912345678"), (both.1, "Đặng Quang Sơn", "0912345679")] {
            if !output.status.success() {
                // the one that came second is told to come again, and then finds the city
                let again = create(&database, name, &["--phone", phone]).await;
                assert!(again.status.success(), "{} then {}", output.stderr, again.stderr);
            }
        }
        let cities = database.sql("SELECT COUNT(*) FROM tenant WHERE kind = 'CITY'").await;
        assert_eq!(cities, [[Some("1".to_owned())]]);
        let posts = database.sql("SELECT COUNT(*) FROM post").await;
        assert_eq!(posts, [[Some("2".to_owned())]]);
    }

    async fn a_branch_head_needs_a_phone_number(kind) {
        let database = Database::fresh(kind).await;
        let founder = create(&database, "Hoàng Thu Thủy", &["--phone", "0912345678"]).await;
        assert!(founder.status.success(), "{}", founder.stderr);
        let nameless = ["--user-name", "thutv", "--role", "BRANCH_HEAD", "--unit", &uuid::Uuid::nil().to_string()];
        let output = create(&database, "Tạ Văn Thu", &nameless).await;
        assert!(!output.status.success() && output.stderr.contains("phone number"), "{}", output.stderr);
        let accounts = database.sql("SELECT COUNT(*) FROM account").await;
        assert_eq!(accounts, [[Some("1".to_owned())]]);
    }
}
