//! Writing the demo city, association by association. However big the city, memory holds one large ward or a handful of
//! small ones, of each district that is being written.

use chrono::SubsecRound;
use entity::id::TenantId;
use entity::scope::{Bulk, Db, DbError};
use entity::table::{
    assessment, assessment_item, certificate, certificate_series, citizen, clan_household, collective, criteria_set,
    decision, household, household_account, household_member, household_word, post, programme_event, programme_window,
    programme_year, registration, registration_count, registration_event, score_sheet, subject, subject_count,
    submission, target, tenant, unit, unit_version,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};

use super::DemoOptions;
use super::calendar::Calendar;
use super::generate::{self, Association, Setting};
use super::plan::{self, WardPlan};
use super::rows::{Rows, Tally};

/// Decides everything that looks like chance.
const SEED: u64 = 19_961_002;
/// The mark of an installation whose filling has begun.
const BEGUN: &str = "demo";
/// The mark of one that is complete; marks cannot be changed, so it is another one.
const COMPLETE: &str = "demo complete";
/// So many households at least are written in one transaction: small wards are put together.
const HOUSEHOLDS_AT_ONCE: usize = 1_500;
/// Accounts a statement; `SQLite` takes 32,766 bound values.
const ACCOUNTS_AT_ONCE: usize = 2_000;

/// Whether the demo city is there, whole.
///
/// # Errors
/// What the database answers.
pub async fn is_filled(db: &Db) -> Result<bool, DbError> {
    Ok(db.sign_in().mark(COMPLETE).await?.is_some())
}

/// Whether filling has begun. Begun and not filled means interrupted: such a database is of no use, start with a new one.
///
/// # Errors
/// What the database answers.
pub async fn is_begun(db: &Db) -> Result<bool, DbError> {
    Ok(db.sign_in().mark(BEGUN).await?.is_some())
}

/// Fills an empty, migrated database with the demo city. Shows how far it is on standard error if that is a terminal.
///
/// # Errors
/// [`DbError::Unique`] when filling was begun before, else what the database answers.
pub async fn fill(db: &Db, options: &DemoOptions) -> Result<(), DbError> {
    db.sign_in().set_mark(BEGUN, "filling").await?;
    // ids carry milliseconds, and both databases keep those
    let calendar = Calendar::at(options.now.trunc_subsecs(3));
    let setting = Setting::new(SEED, calendar, options.password_hash.clone());
    let districts = plan::city(SEED, options.scale);
    let bar = bar(districts.iter().flatten().map(WardPlan::households).sum());
    let city = generate::city(&setting);
    let city_id = city.tenant.id;
    write_association(db, city).await?;
    stream::iter(&districts)
        .map(|wards| write_district(db, &setting, city_id, wards, &bar))
        .buffer_unordered(options.districts_at_once.max(1))
        .try_collect::<()>()
        .await?;
    bar.finish_and_clear();
    db.sign_in().set_mark(COMPLETE, "complete").await
}

async fn write_district(
    db: &Db,
    setting: &Setting,
    city: TenantId,
    wards: &[WardPlan],
    bar: &ProgressBar,
) -> Result<(), DbError> {
    let Some(first) = wards.first() else { return Ok(()) };
    bar.set_message(first.district.name);
    let district = generate::district(setting, city, first.district);
    let tenant = district.tenant.clone();
    write_association(db, district).await?;
    let mut tally = Tally::new(tenant.root_unit_id);
    let mut waiting = Rows::default();
    for plan in wards {
        waiting.append(generate::ward(setting, &tenant, plan, &mut tally));
        if waiting.households.len() >= HOUSEHOLDS_AT_ONCE {
            write_rows(db, &tenant, std::mem::take(&mut waiting)).await?;
        }
        bar.inc(plan.households());
    }
    write_rows(db, &tenant, waiting).await?;
    let (households, registrations) = tally.rows(tenant.id);
    let bulk = db.bulk(tenant.id).await?;
    bulk.insert::<subject_count::Entity>(households).await?;
    bulk.insert::<registration_count::Entity>(registrations).await?;
    bulk.commit().await
}

async fn write_association(db: &Db, mut association: Association) -> Result<(), DbError> {
    write_accounts(db, &mut association.rows).await?;
    let bulk = db.bulk(association.tenant.id).await?;
    bulk.insert_shared::<tenant::Entity>(vec![association.tenant]).await?;
    bulk.insert_shared::<programme_year::Entity>(association.years).await?;
    bulk.insert_shared::<programme_window::Entity>(association.windows)
        .await?;
    bulk.insert_shared::<programme_event::Entity>(association.acts).await?;
    bulk.insert_shared::<criteria_set::Entity>(association.criteria).await?;
    insert(&bulk, association.rows).await?;
    bulk.commit().await
}

async fn write_rows(db: &Db, tenant: &tenant::Model, mut rows: Rows) -> Result<(), DbError> {
    write_accounts(db, &mut rows).await?;
    let bulk = db.bulk(tenant.id).await?;
    insert(&bulk, rows).await?;
    bulk.commit().await
}

/// Accounts belong to no association and go in by another door, before the transaction of those who need them:
/// `SQLite` has one writer at a time.
async fn write_accounts(db: &Db, rows: &mut Rows) -> Result<(), DbError> {
    let mut accounts = std::mem::take(&mut rows.accounts).into_iter().peekable();
    while accounts.peek().is_some() {
        db.sign_in()
            .create_accounts(accounts.by_ref().take(ACCOUNTS_AT_ONCE).collect())
            .await?;
    }
    Ok(())
}

async fn insert(bulk: &Bulk<'_>, rows: Rows) -> Result<(), DbError> {
    bulk.insert::<unit::Entity>(rows.units).await?;
    bulk.insert::<unit_version::Entity>(rows.unit_versions).await?;
    bulk.insert::<target::Entity>(rows.targets).await?;
    bulk.insert::<post::Entity>(rows.posts).await?;
    bulk.insert::<subject::Entity>(rows.subjects).await?;
    bulk.insert::<household::Entity>(rows.households).await?;
    bulk.insert::<household_member::Entity>(rows.members).await?;
    bulk.insert::<household_word::Entity>(rows.words).await?;
    bulk.insert::<household_account::Entity>(rows.household_accounts)
        .await?;
    bulk.insert::<collective::Entity>(rows.collectives).await?;
    bulk.insert::<clan_household::Entity>(rows.clan_households).await?;
    bulk.insert::<citizen::Entity>(rows.citizens).await?;
    bulk.insert::<registration::Entity>(rows.registrations).await?;
    bulk.insert::<registration_event::Entity>(rows.events).await?;
    bulk.insert::<score_sheet::Entity>(rows.sheets).await?;
    bulk.insert::<assessment::Entity>(rows.assessments).await?;
    bulk.insert::<assessment_item::Entity>(rows.items).await?;
    bulk.insert::<submission::Entity>(rows.submissions).await?;
    bulk.insert::<decision::Entity>(rows.decisions).await?;
    bulk.insert::<certificate::Entity>(rows.certificates).await?;
    bulk.insert::<certificate_series::Entity>(rows.series).await
}

fn bar(households: u64) -> ProgressBar {
    let bar = ProgressBar::new(households);
    // a progress bar hides itself where standard error is not a terminal
    match ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} hộ  {msg}  còn {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
