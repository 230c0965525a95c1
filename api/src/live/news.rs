//! What is said to all streams of a server: that something may concern them.

use std::collections::HashSet;

use entity::id::{AccountId, TenantId, UnitId};

/// Something is new.
#[derive(Debug, Clone)]
pub struct News {
    /// In this association; anywhere where none is named.
    pub tenant: Option<TenantId>,
    /// Whom it concerns; everybody there where that is not known.
    pub touched: Option<Touched>,
}

/// Whom something concerns.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    /// Wards and branches where registrations are, or from which they came.
    pub units: HashSet<UnitId>,
    /// Those who manage the subjects.
    pub managers: HashSet<AccountId>,
    /// Those who were given a notice.
    pub readers: HashSet<AccountId>,
}

impl News {
    /// Everything may have changed: after a pause in which nobody listened.
    pub fn of_everything() -> Self {
        Self {
            tenant: None,
            touched: None,
        }
    }
}
