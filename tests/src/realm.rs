//! A realm with its root and its city's hub, and the ways into it.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{
    hub::Hub,
    people::{CITY, DISTRICT, STREET},
    place::{Place, linli},
};

/// The list of units that comes with the demo: the divisions of a real city.
pub fn units_file() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/linli/src/demo/zhenjiang-units.csv"))
}

/// A realm whose city has a hub that nobody has started. Everything is in one temporary directory.
#[derive(Debug)]
pub struct Realm {
    directory: TempDir,
    /// The realm's id.
    pub id: String,
    pub root: Place,
    pub city: Place,
}

impl Realm {
    pub fn begin() -> Self {
        let directory = tempfile::Builder::new().prefix("linli-tests-").tempdir();
        let directory = directory.expect("a temporary directory can be made");
        let place = |name| Place::new(directory.path(), name);
        let (root, city) = (place("root"), place("city"));
        let units = units_file().to_str().expect("the path of the sources is UTF-8");
        let made = root.json(&["realm", "init", "--units", units]);
        let id = made["realm"].as_str().expect("the realm's id is text").to_owned();
        city.run(&["hub", "init", "--root", "root", "--unit", CITY]).done();
        Self { directory, id, root, city }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A data directory of this realm's devices, not made yet.
    pub fn place(&self, name: &str) -> Place {
        Place::new(self.path(), name)
    }

    /// Writes a file beside the data directories and returns its name.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, bytes).expect("a file can be written in a temporary directory");
        path
    }

    /// The hubs of city, district and street, each serving and enrolled by the one above.
    pub fn serve_hubs(&self) -> [Hub; 3] {
        let city = Hub::serve(&self.city);
        let district = self.join_hub(&city, DISTRICT, "district");
        let street = self.join_hub(&district, STREET, "street");
        [city, district, street]
    }

    /// Enrols the hub of a unit by invitation of the hub above, and serves it.
    pub fn join_hub(&self, above: &Hub, unit: &str, name: &str) -> Hub {
        let place = self.place(name);
        place.run(&["hub", "init", "--invite", &above.invite(unit, "hub")]).done();
        Hub::serve(&place)
    }

    /// Enrols a device by files, as where there is no network.
    pub fn join_by_files(&self, issuer: &Place, unit: &str, rights: &str, name: &str) -> Place {
        let place = self.place(name);
        let (request, grant) = (format!("{name}.request"), format!("{name}.grant"));
        place.run(&["join", "--request", &request, "--label", name]).done();
        let grants =
            ["grant", &request, "--unit", unit, "--rights", rights, "--label", name, "--out", &grant];
        issuer.run(&grants).done();
        place.run(&["join", "--grant", &grant]).done();
        place
    }
}

/// A USB stick that goes from place to place.
#[derive(Debug)]
pub struct Stick(pub String);

impl Stick {
    /// Writes what `from` has for the devices of `unit`, and takes it in at `to`. Returns how many segments
    /// were new there.
    #[track_caller]
    pub fn carry(&self, from: &Place, unit: &str, to: &Place) -> u64 {
        let Self(file) = self;
        from.run(&["bundle", "export", "--for", unit, "--to", file]).done();
        let taken = to.json(&["bundle", "import", file]);
        taken["new"].as_u64().expect("the number of new segments is a number")
    }
}

/// Verifies a snapshot as an auditor does: in an empty directory, with nothing but the file and the realm's id.
pub fn verify_alone(snapshot: &Path, realm: &str) -> crate::Outcome {
    let empty = tempfile::tempdir().expect("a temporary directory can be made");
    let file = snapshot.to_str().expect("a temporary path is UTF-8");
    linli(empty.path(), &["snapshot", "verify", file, "--realm", realm, "--json"])
}
