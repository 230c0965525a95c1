//! Whose certificates the adaptor may show.

use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Certificates of authorities. An adaptor in the house often has its certificate from the house's own authority.
#[derive(Debug, Clone)]
pub struct Authorities(Arc<RootCertStore>);

impl Authorities {
    /// Those that browsers trust, as they were when the program was built.
    pub(super) fn public() -> Self {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        Self(Arc::new(roots))
    }

    /// Those in a file, and no others; none when it cannot be read, holds no certificate or one that is damaged.
    pub fn read(file: &Path) -> Option<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(file).ok()? {
            roots.add(certificate.ok()?).ok()?;
        }
        (!roots.is_empty()).then(|| Self(Arc::new(roots)))
    }

    /// What TLS compares with.
    pub(super) fn roots(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.0)
    }
}
