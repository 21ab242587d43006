//! `sealdesk init` and `sealdesk migrate`.

use clap::Args;

use super::{Arguments, Failure, Outcome, output};
use crate::{
    database::{
        connect::{self, Tls},
        migrate,
        url::{self, Place},
    },
    service::install,
};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  sealdesk init --url-file url.txt --name acme-prod --officer zhao.min\n\nThe URL holds a superuser's password, so it is read from a file (or - for standard input): postgresql://postgres:…@host/dbname?sslrootcert=/path/to/ca.pem"
)]
pub struct Init {
    /// File with the superuser's connection URL, or - for standard input
    #[arg(long, value_name = "FILE")]
    url_file: std::path::PathBuf,
    /// What the installation is called
    #[arg(long)]
    name: String,
    /// Login of the first security officer
    #[arg(long)]
    officer: String,
}

#[derive(Debug, Args)]
pub struct Migrate {
    /// File with the superuser's connection URL, or - for standard input
    #[arg(long, value_name = "FILE")]
    url_file: std::path::PathBuf,
}

impl Init {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let url = super::secret_input::read(Some(&self.url_file), "", "--url-file")?;
        let mut client = connect::from_url(&url).await?;
        let passphrase = arguments.new_passphrase(&self.officer)?;
        let founded = install::init(&mut client, &self.name, &self.officer, passphrase).await?;
        let place = url::place(&url)?;
        output::line("# /etc/sealdesk/config.toml")?;
        output::line(format!("installation = \"{}\"", founded.installation))?;
        output::line(format!("name = {}", toml::Value::from(founded.name.as_str())))?;
        output::line(format!("root_fingerprint = \"{}\"", founded.root_fingerprint))?;
        output::line(reachable_at(&place))?;
        eprintln!("sealdesk: founded. Put these lines into the configuration, then run `sealdesk doctor`.");
        Ok(())
    }
}

/// The configuration's lines about the server.
fn reachable_at(place: &Place) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let tls = match &place.tls {
        Tls::VerifyFull { authority: Some(file) } => format!("\ntls_ca = {}", quoted(&file.display().to_string())),
        Tls::Off if !place.host.starts_with('/') => "\ntls = \"off\"".into(),
        _ => String::new(),
    };
    format!("host = {}\nport = {}\ndbname = {}{tls}", quoted(&place.host), place.port, quoted(&place.dbname))
}

impl Migrate {
    pub async fn run(&self) -> Outcome {
        let url = super::secret_input::read(Some(&self.url_file), "", "--url-file")?;
        let mut client = connect::from_url(&url).await?;
        migrate::migrate(&mut client).await.map_err(Failure::from)?;
        output::line(format!("the database is at migration {}", migrate::newest()))
    }
}
