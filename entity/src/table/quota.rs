//! How often something was done in a span of time: limits that hold over several instances.

use sea_orm::entity::prelude::*;

use crate::id::QuotaId;
use crate::scope::Personal;

/// A count within a span of time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quota")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: QuotaId,
    /// What is counted, of whom, and in which span; never a phone number as it is.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// How often it was done.
    pub used: i32,
    /// The end of the span: the row may go then.
    pub ends_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}
