//! Making units.

use async_graphql::{Context, Object, SimpleObject};
use aws_lc_rs::digest;
use entity::id::{AccountId, TenantId, UnitId};
use entity::query::ColumnTrait;
use entity::scope::{Scope, Writer};
use entity::table::{tenant, unit, unit_version};
use entity::vocabulary::{TenantKind, UnitKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::input::{CreateUnit, CreateUnitInput};
use super::model::Unit;
use super::store;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::{Error, Refusal, Result};
use crate::replay::{Effect, Key, Once, WriteOutcome, once_prepared};

/// The answer to `createUnit`.
#[derive(SimpleObject)]
pub struct CreateUnitPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The unit; null when the key was used for something else.
    pub unit: Option<Unit>,
}

/// Mutations of units.
#[derive(Default)]
pub struct UnitMutation;

/// Mutations of units.
#[Object]
impl UnitMutation {
    /// Makes a unit below the viewer's own: a branch in a ward, a ward in a district. A district made by the city is a
    /// new association with rows of its own.
    async fn create_unit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new unit.")] input: CreateUnitInput,
    ) -> Result<CreateUnitPayload> {
        let key = Key {
            key: input.idempotency_key,
            operation: "createUnit",
        };
        let command = input.parse(hanoi_date(ctx.request().now))?;
        let founding = command.kind == UnitKind::District;
        let scope = if founding {
            ctx.scope_founding(Permission::UnitCreate, derived_tenant(ctx.viewer()?.account, key.key))?
        } else {
            ctx.scope_in(Permission::UnitCreate, command.parent.0)?
        };
        let made = create(ctx.app(), &scope, key, &command).await?;
        let (outcome, made) = made.told();
        let Some(made) = made else {
            return Ok(CreateUnitPayload { outcome, unit: None });
        };
        let view = ctx.view_in(Permission::UnitRead, scope.tenant())?;
        let row = store::unit_by_id(&view, made.unit).await?;
        Ok(CreateUnitPayload {
            outcome,
            unit: Some(Unit::new(row, &view)),
        })
    }
}

/// What is kept under the key.
#[derive(Serialize, Deserialize)]
struct Made {
    unit: UnitId,
}

async fn create(app: &App, scope: &Scope, key: Key<'_>, command: &CreateUnit) -> Result<Once<Made>> {
    let payload = (
        command.parent,
        command.kind,
        command.branch_kind,
        command.name.as_str(),
        command.official_code.as_ref().map(entity::value::ShortText::as_str),
        command.valid_from,
    );
    let id: UnitId = app.new_id();
    let founding = command.kind == UnitKind::District;
    let prepare = async |tx: &Writer<'_>| {
        if founding {
            found_association(app, tx, command, id).await
        } else {
            Ok(())
        }
    };
    once_prepared(app, scope, key, &payload, prepare, async |tx: &Writer<'_>| {
        let parent = if founding {
            None
        } else {
            check_parent(tx, command).await?;
            Some(command.parent.1)
        };
        let unit = unit::Model {
            tenant_id: scope.tenant(),
            id,
            kind: command.kind,
            branch_kind: command.branch_kind,
            created_at: scope.now(),
        };
        let version = unit_version::Model {
            tenant_id: scope.tenant(),
            id: app.new_id(),
            unit_id: id,
            parent_id: parent,
            name: command.name.as_str().to_owned(),
            name_key: command.name.key(),
            sort_key: command.name.sort_key(),
            official_code: command.official_code.as_ref().map(|code| code.as_str().to_owned()),
            valid_from: command.valid_from.unwrap_or_else(|| hanoi_date(scope.now())),
            valid_until: None,
        };
        store::insert_unit(tx, unit, version).await?;
        Ok(Effect::Done(Made { unit: id }))
    })
    .await
}

/// The parent must be of the level right above, in the same association.
async fn check_parent(tx: &Writer<'_>, command: &CreateUnit) -> Result<()> {
    let parent = tx
        .find::<unit::Entity>()
        .filter(unit::Column::Id.eq(command.parent.1))
        .one()
        .await?;
    let parent = parent.ok_or(Error::NotFound)?;
    match (parent.kind, command.kind) {
        (UnitKind::District, UnitKind::Ward) | (UnitKind::Ward, UnitKind::Branch) => Ok(()),
        _ => Err(Refusal::WrongParent.into()),
    }
}

/// A district is an association of its own below the city.
async fn found_association(app: &App, tx: &Writer<'_>, command: &CreateUnit, root: UnitId) -> Result<()> {
    let city = app.db.tenant(command.parent.0).await?.ok_or(Error::NotFound)?;
    if city.kind != TenantKind::City || city.root_unit_id != command.parent.1 {
        return Err(Refusal::WrongParent.into());
    }
    let row = tenant::Model {
        id: tx.scope().tenant(),
        kind: TenantKind::District,
        parent_id: Some(city.id),
        root_unit_id: root,
        created_at: tx.scope().now(),
    };
    Ok(tx
        .insert_shared_if_new::<tenant::Entity>(row, &[tenant::Column::Id])
        .await?)
}

/// The id of an association to be founded follows from who founds it and the key, so that a second sending finds the
/// first one's association and its stored answer. It is a hash: nothing can be read from it.
fn derived_tenant(account: AccountId, key: Uuid) -> TenantId {
    let mut text = b"khuyenhoc association ".to_vec();
    text.extend_from_slice(account.0.as_bytes());
    text.extend_from_slice(key.as_bytes());
    let hash = digest::digest(&digest::SHA256, &text);
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(hash.as_ref())
        .for_each(|(byte, hash)| *byte = *hash);
    TenantId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
