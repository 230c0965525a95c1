//! The way from a resolver to data.

use std::sync::Arc;

use async_graphql::Context;
use async_graphql::dataloader::DataLoader;
use entity::id::TenantId;
use entity::scope::{self, CityScope, Scope, View};
use entity::vocabulary::Role;

use super::gate::{admit, reach};
use super::permission::Permission;
use super::policy::{Operation, Reach};
use super::viewer::{Post, SignedIn, Viewer};
use crate::app::App;
use crate::error::{Error, Result};
use crate::loader::{Loaders, Names, Rows, Units};
use crate::request::RequestInfo;

/// What a resolver may ask of its context. There is no way to a connection but through a permission.
pub trait Access {
    /// What the server was built with: clock, keys, hasher. Its database is private to this module's functions.
    fn app(&self) -> &Arc<App>;

    /// Who asks, and when.
    fn request(&self) -> &RequestInfo;

    /// The signed-in account.
    ///
    /// # Errors
    /// UNAUTHENTICATED.
    fn viewer(&self) -> Result<&SignedIn>;

    /// Asks for a proof of the last five minutes that it is still the owner: a sign-in, or `stepUp`. For what an idle phone
    /// in a stranger's hand must not do. Ask before anything is done and before an idempotency key is used.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN `STEP_UP_NEEDED`.
    fn stepped_up(&self) -> Result<()>;

    /// Whether the viewer may ask this field of `Mutation`, by its row in the policy: for what does as a part of itself what
    /// that field does.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN.
    fn admitted(&self, mutation: &str) -> Result<()>;

    /// A scope in the association of the acting post, as far as the policy lets its role reach.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN.
    fn scope(&self, permission: Permission) -> Result<Scope>;

    /// A scope in the association that an id claims to belong to. Whoever reaches only their own gets NOT_FOUND for any
    /// other, before the database is asked: the same answer as for an id that does not exist.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN, NOT_FOUND.
    fn scope_in(&self, permission: Permission, tenant: TenantId) -> Result<Scope>;

    /// Units, counters and targets of the association that an id claims to belong to. Whoever reaches all associations
    /// reads them through the city's own door, which has no way to a person.
    ///
    /// # Errors
    /// As [`Access::scope_in`].
    fn view_in(&self, permission: Permission, tenant: TenantId) -> Result<View>;

    /// Units, counters and targets of all associations.
    ///
    /// # Errors
    /// UNAUTHENTICATED; FORBIDDEN for everybody whose reach ends at their own association.
    fn city_view(&self, permission: Permission) -> Result<View>;

    /// A scope in an association that is being founded, for those whose reach is the city.
    ///
    /// # Errors
    /// UNAUTHENTICATED; FORBIDDEN for everybody whose reach ends at their own association.
    fn scope_founding(&self, permission: Permission, tenant: TenantId) -> Result<Scope>;

    /// The loader of rows in [`Access::scope_in`]; it lives as long as the request.
    ///
    /// # Errors
    /// As [`Access::scope_in`].
    fn rows(&self, permission: Permission, tenant: TenantId) -> Result<Arc<DataLoader<Rows>>>;

    /// The loader of units as a view sees them; it lives as long as the request.
    fn units(&self, view: &View) -> Arc<DataLoader<Units>>;

    /// The loader of people's names, for those whose post has been read inside a scope.
    fn names(&self) -> Arc<DataLoader<Names>>;
}

impl Access for Context<'_> {
    fn app(&self) -> &Arc<App> {
        self.data_unchecked::<Arc<App>>()
    }

    fn request(&self) -> &RequestInfo {
        self.data_unchecked::<RequestInfo>()
    }

    fn viewer(&self) -> Result<&SignedIn> {
        self.data_unchecked::<Viewer>().signed_in()
    }

    fn stepped_up(&self) -> Result<()> {
        self.viewer()?.stepped_up(self.request().now)
    }

    fn admitted(&self, mutation: &str) -> Result<()> {
        admit(Operation::Mutation, mutation, self.data_unchecked::<Viewer>())
    }

    fn scope(&self, permission: Permission) -> Result<Scope> {
        self.scope_in(permission, self.viewer()?.acting()?.tenant)
    }

    fn scope_in(&self, permission: Permission, tenant: TenantId) -> Result<Scope> {
        scope_of(self.app(), self.request(), self.viewer()?, permission, tenant)
    }

    fn view_in(&self, permission: Permission, tenant: TenantId) -> Result<View> {
        view_of(self.app(), self.request(), self.viewer()?, permission, tenant)
    }

    fn city_view(&self, permission: Permission) -> Result<View> {
        match reach(permission, self.viewer()?.acting()?.role) {
            Reach::City => Ok(View::City(CityScope::grant(&self.app().db, self.request().now), None)),
            _ => Err(Error::Forbidden),
        }
    }

    fn scope_founding(&self, permission: Permission, tenant: TenantId) -> Result<Scope> {
        match reach(permission, self.viewer()?.acting()?.role) {
            Reach::City => self.scope_in(permission, tenant),
            _ => Err(Error::Forbidden),
        }
    }

    fn rows(&self, permission: Permission, tenant: TenantId) -> Result<Arc<DataLoader<Rows>>> {
        let scope = self.scope_in(permission, tenant)?;
        Ok(self
            .data_unchecked::<Loaders>()
            .for_scope(self.app(), permission, scope))
    }

    fn units(&self, view: &View) -> Arc<DataLoader<Units>> {
        self.data_unchecked::<Loaders>().for_view(view)
    }

    fn names(&self) -> Arc<DataLoader<Names>> {
        self.data_unchecked::<Loaders>().for_names(self.app())
    }
}

/// The scope of a viewer under their acting post; see [`Access::scope_in`]. Sign-in uses it for the viewer it has just
/// made, who is not yet the request's own.
///
/// # Errors
/// As [`Access::scope_in`].
pub fn scope_of(
    app: &App,
    request: &RequestInfo,
    viewer: &SignedIn,
    permission: Permission,
    tenant: TenantId,
) -> Result<Scope> {
    under(app, request, viewer, viewer.acting()?, (permission, tenant))
}

/// The view of a viewer under their acting post; see [`Access::view_in`].
///
/// # Errors
/// As [`Access::view_in`].
pub fn view_of(
    app: &App,
    request: &RequestInfo,
    viewer: &SignedIn,
    permission: Permission,
    tenant: TenantId,
) -> Result<View> {
    seen_under(app, request, viewer, viewer.acting()?, (permission, tenant))
}

/// The view in which a post's own unit is shown to its holder, who may still have to bring the second factor that the
/// post needs: the phone says for what. Show nothing but that unit with it.
///
/// # Errors
/// FORBIDDEN.
pub fn view_of_place(app: &App, request: &RequestInfo, holder: &SignedIn, post: &Post) -> Result<View> {
    seen_under(app, request, holder, post, (Permission::UnitRead, post.tenant))
}

fn seen_under(
    app: &App,
    request: &RequestInfo,
    viewer: &SignedIn,
    post: &Post,
    (permission, tenant): (Permission, TenantId),
) -> Result<View> {
    match reach(permission, post.role) {
        Reach::City => Ok(View::City(CityScope::grant(&app.db, request.now), Some(tenant))),
        _ => under(app, request, viewer, post, (permission, tenant)).map(View::Tenant),
    }
}

fn under(
    app: &App,
    request: &RequestInfo,
    viewer: &SignedIn,
    post: &Post,
    (permission, tenant): (Permission, TenantId),
) -> Result<Scope> {
    let reach = match reach(permission, post.role) {
        Reach::Never => return Err(Error::Forbidden),
        // leadership compares figures: it has no door to rows, whatever a later line of the policy may say
        Reach::City if post.role == Role::CityLeader => return Err(Error::Forbidden),
        Reach::City => scope::Reach::Tenant,
        _ if tenant != post.tenant => return Err(Error::NotFound),
        Reach::Own => scope::Reach::Own(viewer.account),
        Reach::Branch => scope::Reach::Branch(post.unit),
        Reach::Ward => scope::Reach::Ward(post.unit),
        Reach::Tenant => scope::Reach::Tenant,
    };
    Ok(Scope::grant(
        &app.db,
        tenant,
        viewer.actor_under(post),
        reach,
        request.now,
    ))
}
