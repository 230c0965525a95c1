//! Reading published sets. They never change, so each is read and parsed once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::digest;
use chrono::{DateTime, NaiveDate, Utc};
use entity::id::{AccountId, CriteriaSetId, TenantId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{DbError, Find, Writer};
use entity::table::{criteria_set, registration};
use entity::vocabulary::{CriteriaVariant, LearningModel};

use super::check;
use super::set::CriteriaSet;
use crate::app::App;
use crate::error::{Conflict, Error, Result};

/// The most sets that are remembered; a city publishes a handful in a decade.
const MAX_KNOWN: usize = 256;
/// The most sets of a city that are read at once.
const MAX_SETS: u64 = 500;

/// A set as the city published it.
#[derive(Debug)]
pub struct Published {
    /// Its id.
    pub id: CriteriaSetId,
    /// The city association that published it.
    pub city: TenantId,
    /// Who published it, by the name they had then.
    pub publisher: String,
    /// When.
    pub published_at: DateTime<Utc>,
    /// The document as it was published.
    pub document: String,
    /// What it says.
    pub set: CriteriaSet,
}

/// The sets that this server has read, by their ids.
#[derive(Default)]
pub struct KnownSets(RwLock<HashMap<CriteriaSetId, Arc<Published>>>);

impl KnownSets {
    fn get(&self, id: CriteriaSetId) -> Option<Arc<Published>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&id).cloned()
    }

    /// What a row says: as it was read before, or read now.
    fn read(&self, row: criteria_set::Model) -> Result<Arc<Published>> {
        if let Some(known) = self.get(row.id) {
            return Ok(known);
        }
        let set = check::read(&row.document).map_err(|problems| {
            let first = problems.first().map_or("", |problem| problem.fault.code());
            Error::Internal(format!("the published set {} cannot be read: {first}", row.id))
        })?;
        let published = Arc::new(Published {
            id: row.id,
            city: row.city_id,
            publisher: row.publisher_name,
            published_at: row.published_at,
            document: row.document,
            set,
        });
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(published.id, Arc::clone(&published));
        Ok(published)
    }
}

/// What a set is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Want {
    /// The title.
    pub model: LearningModel,
    /// The subject's variant of it.
    pub variant: Option<CriteriaVariant>,
    /// The programme year.
    pub year: i32,
}

impl Want {
    /// What a registration is marked by.
    pub const fn of(row: &registration::Model) -> Self {
        Self {
            model: row.model,
            variant: row.variant,
            year: row.year,
        }
    }

    /// Of published sets the one that applies: one for the subject's variant before one for all variants, the last to come
    /// into force by the end of the year, of several the highest version.
    fn pick(self, sets: &[Arc<Published>]) -> Option<Arc<Published>> {
        let fits = |of: &&Arc<Published>| {
            let for_it = of.set.variant.is_none() || of.set.variant == self.variant;
            of.set.model == self.model && for_it && of.set.is_of_year(self.year)
        };
        let rank = |of: &&Arc<Published>| {
            let exact = of.set.variant == self.variant;
            (exact, of.set.valid_from, of.set.version, of.published_at)
        };
        sets.iter().filter(fits).max_by_key(rank).map(Arc::clone)
    }
}

/// Sets by their ids; `find` is asked only for those that this server has not read before.
///
/// # Errors
/// What the database answers.
pub async fn sets_by_id(
    app: &App,
    find: Find<'_, criteria_set::Entity>,
    ids: impl IntoIterator<Item = CriteriaSetId>,
) -> Result<HashMap<CriteriaSetId, Arc<Published>>> {
    let (mut found, mut unknown) = (HashMap::new(), Vec::new());
    for id in ids {
        match app.criteria.get(id) {
            Some(set) => drop(found.insert(id, set)),
            None => unknown.push(id),
        }
    }
    if !unknown.is_empty() {
        for row in find.filter(criteria_set::Column::Id.is_in(unknown)).all().await? {
            found.insert(row.id, app.criteria.read(row)?);
        }
    }
    Ok(found)
}

/// The sets that apply, as far as the city has published any: one statement, however many are looked for.
///
/// # Errors
/// What the database answers.
pub async fn sets_applying(
    app: &App,
    find: Find<'_, criteria_set::Entity>,
    city: TenantId,
    wants: &[Want],
) -> Result<HashMap<Want, Arc<Published>>> {
    let last = wants.iter().map(|want| want.year).max().unwrap_or_default();
    let end = NaiveDate::from_ymd_opt(last, 12, 31).unwrap_or(NaiveDate::MAX);
    let rows = find
        .filter(criteria_set::Column::CityId.eq(city))
        .filter(criteria_set::Column::Model.is_in(wants.iter().map(|want| want.model)))
        .filter(criteria_set::Column::ValidFrom.lte(end))
        .order_by(criteria_set::Column::ValidFrom, Order::Desc)
        .limit(MAX_SETS)
        .all()
        .await?;
    let sets: Vec<_> = rows
        .into_iter()
        .map(|row| app.criteria.read(row))
        .collect::<Result<_>>()?;
    Ok(wants
        .iter()
        .filter_map(|want| Some((*want, want.pick(&sets)?)))
        .collect())
}

/// All sets of a city, newest first.
///
/// # Errors
/// What the database answers.
pub async fn sets_of_city(
    app: &App,
    find: Find<'_, criteria_set::Entity>,
    city: TenantId,
    model: Option<LearningModel>,
) -> Result<Vec<Arc<Published>>> {
    let mut find = find.filter(criteria_set::Column::CityId.eq(city));
    if let Some(model) = model {
        find = find.filter(criteria_set::Column::Model.eq(model));
    }
    let rows = find
        .order_by(criteria_set::Column::PublishedAt, Order::Desc)
        .order_by(criteria_set::Column::Id, Order::Desc)
        .limit(MAX_SETS)
        .all()
        .await?;
    rows.into_iter().map(|row| app.criteria.read(row)).collect()
}

/// What became of a set to be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publishing {
    /// It is published now.
    Done(CriteriaSetId),
    /// The very same document was published before.
    There(CriteriaSetId),
}

/// The row of a set, for its city.
pub fn row_of(
    (city, id): (TenantId, CriteriaSetId),
    document: &str,
    set: &CriteriaSet,
    (account, name): (AccountId, &str),
    now: DateTime<Utc>,
) -> criteria_set::Model {
    criteria_set::Model {
        city_id: city,
        id,
        code: set.code.clone(),
        version: set.version,
        model: set.model,
        variant: set.variant,
        sample: set.sample,
        valid_from: set.valid_from,
        valid_to: set.valid_to,
        document: document.to_owned(),
        digest: digest_of(document),
        published_by: account,
        publisher_name: name.to_owned(),
        published_at: now,
    }
}

fn digest_of(document: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, document.as_bytes()).as_ref().to_vec()
}

/// Publishes a checked set for all associations of the scope's city.
///
/// # Errors
/// CONFLICT when this version is there with another text, or what the database answers.
pub async fn publish(app: &App, tx: &Writer<'_>, document: &str, set: &CriteriaSet) -> Result<Publishing> {
    let scope = tx.scope();
    let known = tx
        .find_shared::<criteria_set::Entity>()
        .filter(criteria_set::Column::CityId.eq(scope.tenant()))
        .filter(criteria_set::Column::Code.eq(set.code.as_str()))
        .filter(criteria_set::Column::Version.eq(set.version))
        .one()
        .await?;
    if let Some(row) = known {
        if row.digest == digest_of(document) {
            return Ok(Publishing::There(row.id));
        }
        return Err(Error::Conflict(Conflict::CriteriaVersionTaken));
    }
    let publisher = (scope.actor().account, scope.actor().name.as_str());
    let row = row_of((scope.tenant(), app.new_id()), document, set, publisher, scope.now());
    let id = row.id;
    let inserted = tx.insert_of_city::<criteria_set::Entity>(vec![row]).await;
    // somebody else publishes this version at the same moment; asked again, it is there
    inserted.map_err(|error| match error {
        DbError::Unique(_) => Error::Conflict(Conflict::CriteriaVersionTaken),
        other => other.into(),
    })?;
    Ok(Publishing::Done(id))
}
