//! What the server reads of its own accord in one association, to know whom something concerns. It writes nothing, and no
//! row of it is shown to anybody.

use super::backend::Lane;
use super::find::{Source, owned_by};
use super::{Db, Find, Reach, Reads, TenantOwned};
use crate::id::TenantId;

/// A reading of one association; made by [`Db::survey`] only.
pub struct Survey<'a> {
    db: &'a Db,
    tenant: TenantId,
}

impl Db {
    /// A reading of one association without an actor and without a reach. The tenant stands before everything all the same.
    pub fn survey(&self, tenant: TenantId) -> Survey<'_> {
        Survey { db: self, tenant }
    }
}

impl Reads for Survey<'_> {
    fn find<E: TenantOwned>(&self) -> Find<'_, E> {
        Find::new(
            Source::Pool(&self.db.backend, Lane::Tenant(self.tenant)),
            owned_by::<E>(self.tenant, &Reach::Tenant),
        )
    }
}
