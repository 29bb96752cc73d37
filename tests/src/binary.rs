//! Where the binary is: built once, in the profile and the target directory of the running test.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The path of `linli`. The first call of a test process builds it; cargo does nothing where it is up to date.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(build)
}

fn build() -> PathBuf {
    // A test runs as TARGET/PROFILE/deps/NAME-HASH.
    let test = env::current_exe().expect("a running test has a path");
    let profile = test.ancestors().nth(2).expect("cargo runs tests two directories below the profile's");
    let target = profile.parent().expect("the profile's directory lies in the target directory");
    let mut cargo = Command::new(env!("CARGO"));
    // Of the whole workspace, so that what the tests were built with is not built again for fewer features.
    cargo.args(["build", "--locked", "--quiet", "--workspace", "--bin", "linli", "--target-dir"]).arg(target);
    let directory = profile.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    cargo.args(["--profile", if directory == "debug" { "dev" } else { directory }]);
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    // What cargo tells a test about its package would make it build again whatever asks for the same names.
    for (name, _) in env::vars_os() {
        let about_package = name.to_str().is_some_and(|name| {
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        });
        if about_package {
            cargo.env_remove(name);
        }
    }
    let built = cargo.output().expect("the cargo that built this test can be run again");
    assert!(built.status.success(), "linli does not build:\n{}", String::from_utf8_lossy(&built.stderr));
    let binary = profile.join("linli");
    assert!(binary.is_file(), "cargo built linli, and not as {}", binary.display());
    binary
}
