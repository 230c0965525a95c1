//! What a server that died had no time to tell, told by the next one that starts.

use entity::id::{AccountId, PostId};
use entity::scope::{Actor, Reach, Scope};
use entity::vocabulary::Role;
use uuid::Uuid;

use super::failure::Failure;
use crate::app::App;
use crate::post;

/// Tells the security journal of appointments in all associations that it has not been told of.
///
/// # Errors
/// The associations cannot be read.
pub(super) async fn appointments(app: &App) -> Result<(), Failure> {
    for tenant in app.db.tenants().await? {
        let nobody = Actor {
            account: AccountId(Uuid::nil()),
            name: String::new(),
            phone: None,
            post: PostId(Uuid::nil()),
            role: Role::CityOfficer,
            unit: tenant.root_unit_id,
        };
        let scope = Scope::grant(&app.db, tenant.id, nobody, Reach::Tenant, app.clock.now());
        post::tell(app, &scope).await;
    }
    Ok(())
}
