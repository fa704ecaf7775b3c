//! The words of `drillbook connection`.

use super::Output;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Make a connection and name it; secrets never stand in its file.
    Add(ConnectionArgs),
    /// List the connections.
    List {
        /// How to print.
        #[arg(long, value_enum, default_value_t = Output::Table)]
        output: Output,
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Sign in and read the subscription; exit 1 when that fails.
    Test {
        /// Its name.
        name: String,
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Forget a connection.
    Remove {
        /// Its name.
        name: String,
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ConnectionArgs {
    /// Its name: small letters, digits and hyphens.
    pub(crate) name: String,
    /// The cloud.
    #[arg(long, value_enum, default_value_t = CloudWord::Public)]
    pub(crate) cloud: CloudWord,
    /// Tenant id.
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: String,
    /// Subscription id.
    #[arg(long, value_name = "ID")]
    pub(crate) subscription: String,
    /// How to sign in.
    #[arg(long, value_enum)]
    pub(crate) credential: CredentialWord,
    /// Address of a running simulator, with `--cloud simulator`.
    #[arg(long, value_name = "URL")]
    pub(crate) simulator: Option<String>,
    /// The simulator's certificate authority, as `simulator serve --ca-out` writes it.
    #[arg(long, value_name = "FILE", requires = "simulator")]
    pub(crate) ca: Option<PathBuf>,
    /// Application or client id, for the kinds that have one.
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// The file with certificate and private key in PEM form, with `--credential client-certificate`; standard input
    /// when there is none. The key goes to the OS keyring: delete the file afterwards.
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// A file whose first line is the passphrase the secret is kept under, where there is no keyring.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum CloudWord {
    /// Azure's public cloud.
    Public,
    /// Azure for the US Government.
    Usgov,
    /// Azure in China.
    China,
    /// A simulator on this computer.
    Simulator,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum CredentialWord {
    /// Through az.
    AzureCli,
    /// Through azd.
    AzureDeveloperCli,
    /// As an application with a secret, which is read from standard input and kept in the OS keyring.
    ClientSecret,
    /// As an application with a certificate, which is kept in the OS keyring with its private key.
    ClientCertificate,
    /// As a workload of Kubernetes.
    WorkloadIdentity,
    /// As a machine of Azure.
    ManagedIdentity,
}
