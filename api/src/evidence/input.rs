//! What files of evidence are told of with.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entity::id::{EvidenceId, RegistrationId, TenantId};
use entity::value::{Rule, ShortText};
use entity::vocabulary;
use serde::Serialize;
use uuid::Uuid;

use super::model::EvidenceFormat;
use crate::error::{Problems, Result};
use crate::global_id::{NodeKind, decode_as, made_on_device};

/// The longest code of an indicator.
const MAX_CODE: usize = 40;

/// A photo or paper that a phone has, and whose bytes it will send.
#[derive(InputObject)]
pub struct BeginUploadInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// An id that the device has made, UUID version 7 (else INVALID `NOT_A_DEVICE_ID`); the server makes one where it has not. The file's global id follows from
    /// it: see "Working offline" in `api/docs/mobile.md`.
    pub id: Option<Uuid>,
    /// The registration.
    pub registration_id: ID,
    /// Code of the indicator it shows something of, such as `2.1`; null where it is for the whole.
    pub indicator: Option<String>,
    /// What the phone calls the file, up to 200 characters.
    pub file_name: String,
    /// What the bytes are.
    pub format: EvidenceFormat,
    /// How many bytes there are: at least 1, and at most 10,485,760 unless this server takes another size (`Tus-Max-Size` in the answer
    /// to OPTIONS at any upload's address); else INVALID `OUT_OF_RANGE`.
    pub size: i32,
    /// SHA-256 of the bytes: 64 hexadecimal digits, small letters.
    pub sha256: String,
    /// The phone's own clock when the button was pressed.
    pub device_time: Option<DateTime<Utc>>,
}

/// A file to be taken away.
#[derive(InputObject)]
pub struct RemoveEvidenceInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The file.
    pub id: ID,
    /// The phone's own clock when the button was pressed.
    pub device_time: Option<DateTime<Utc>>,
}

/// A file, parsed.
#[derive(Serialize)]
pub(super) struct BeginUpload {
    /// Association and id of the registration.
    pub(super) registration: (TenantId, RegistrationId),
    /// The phone's id.
    pub(super) id: Option<EvidenceId>,
    /// The indicator.
    pub(super) indicator: Option<String>,
    /// The name without folders.
    pub(super) file_name: String,
    /// The format.
    pub(super) format: vocabulary::EvidenceFormat,
    /// The size.
    pub(super) size: i32,
    /// The hash.
    pub(super) sha256: String,
    /// The phone's clock. When it was told is not what is asked.
    #[serde(skip)]
    pub(super) device_time: Option<DateTime<Utc>>,
}

impl BeginUploadInput {
    /// Checks every value; `most` bytes are taken.
    ///
    /// # Errors
    /// INVALID.
    pub(super) fn parse(&self, most: u32) -> Result<BeginUpload> {
        let registration = decode_as(NodeKind::Registration, &self.registration_id, "registrationId")?;
        let mut problems = Problems::default();
        let id = problems.take("id", made_on_device(self.id));
        if (self.indicator.as_ref()).is_some_and(|code| code.is_empty() || code.len() > MAX_CODE) {
            problems.push("indicator", Rule::NotAnIndicator);
        }
        // phones send `/storage/emulated/0/..`, desktops `C:\..`
        let name = self.file_name.rsplit(['/', '\\']).next().unwrap_or_default();
        let file_name = problems.take("fileName", ShortText::parse(name));
        if !(1..=i64::from(most)).contains(&i64::from(self.size)) {
            let max = i64::from(most);
            problems.push("size", Rule::OutOfRange { min: 1, max });
        }
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if self.sha256.len() != 64 || !self.sha256.bytes().all(is_digit) {
            problems.push("sha256", Rule::NotAHash);
        }
        problems.none_or(file_name.zip(id).map(|(name, id)| BeginUpload {
            registration,
            id: id.map(EvidenceId),
            indicator: self.indicator.clone(),
            file_name: name.as_str().to_owned(),
            format: self.format.into(),
            size: self.size,
            sha256: self.sha256.clone(),
            device_time: self.device_time,
        }))
    }
}

impl RemoveEvidenceInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub(super) fn parse(&self) -> Result<(TenantId, EvidenceId)> {
        decode_as(NodeKind::Evidence, &self.id, "id")
    }
}
