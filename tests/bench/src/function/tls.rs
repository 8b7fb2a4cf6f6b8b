//! An endpoint with a certificate: in the cloud every AWS call uses TLS, and reading the machine's
//! root certificates and the handshake are part of a cold start.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The paths of root certificates: Debian's, and that of Amazon Linux, which Lambda uses.
const BUNDLES: [&str; 2] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// A certificate for 127.0.0.1, and a bundle that contains its authority and the machine's root
/// certificates.
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
    bundle: NamedTempFile,
}

impl Identity {
    /// Generates an identity. The authority is the last in the bundle, so that all others are read
    /// as well.
    ///
    /// # Errors
    /// If the machine has no root certificates.
    pub fn generate() -> Result<Self> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate =
            CertificateParams::new(vec!["127.0.0.1".to_owned()])?.signed_by(&key, &authority)?;
        let machine = BUNDLES
            .into_iter()
            .map(PathBuf::from)
            .find(|path| path.is_file())
            .context("this machine has no root certificates")?;
        let mut bundle = NamedTempFile::new()?;
        bundle.write_all(&std::fs::read(machine)?)?;
        bundle.write_all(authority.pem().as_bytes())?;
        Ok(Self { certificate: certificate.der().clone(), key: key.serialize_der(), bundle })
    }

    /// Returns the file for `SSL_CERT_FILE`.
    #[must_use]
    pub fn bundle(&self) -> &Path {
        self.bundle.path()
    }

    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor> {
        let key = PrivateKeyDer::Pkcs8(self.key.clone().into());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], key)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}
