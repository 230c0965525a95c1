//! An authority for certificates, made for one test: what a house gives its own servers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tempfile::TempDir;

/// An authority, with its own certificate in a file.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

impl Default for Authority {
    fn default() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut own = CertificateParams::default();
        own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = own.self_signed(&key).expect("a certificate");
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::write(file_in(folder.path()), certificate.pem()).expect("a file");
        Self {
            issuer: Issuer::new(own, key),
            folder,
        }
    }
}

impl Authority {
    /// The file with its certificate.
    pub fn file(&self) -> PathBuf {
        file_in(self.folder.path())
    }

    /// What a server of this name, or address, needs to show who it is.
    pub fn server(&self, name: &str) -> ServerConfig {
        self.sign(&named(name))
    }

    /// The same with a certificate whose time is over.
    pub fn expired_server(&self, name: &str) -> ServerConfig {
        let mut certificate = named(name);
        certificate.not_after = date_time_ymd(2020, 1, 1);
        self.sign(&certificate)
    }

    fn sign(&self, certificate: &CertificateParams) -> ServerConfig {
        let key = KeyPair::generate().expect("a key");
        let certificate = certificate.signed_by(&key, &self.issuer).expect("a certificate");
        let secret = PrivatePkcs8KeyDer::from(key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], secret.into())
            .expect("a certificate and its key")
    }
}

fn named(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).expect("a name")
}

fn file_in(folder: &Path) -> PathBuf {
    folder.join("authority.pem")
}
