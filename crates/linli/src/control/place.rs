//! Where the socket is. The path of a socket may have little over a hundred bytes; a longer one is reached
//! through the open directory instead.

use std::{
    fs::{self, File, Permissions},
    io,
    os::{
        fd::AsRawFd as _,
        unix::{
            fs::{MetadataExt as _, PermissionsExt as _},
            net::UnixStream,
        },
    },
    path::{Path, PathBuf},
};

use tokio::net::UnixListener;

const NAME: &str = "control.sock";
/// Bytes of a socket's path that every system takes.
const PATH_BYTES_MAX: usize = 100;

pub fn socket(data: &Path) -> PathBuf {
    data.join(NAME)
}

/// Listens for the directory's owner alone; returns the owner too.
pub fn bind(data: &Path) -> io::Result<(UnixListener, u32)> {
    let owner = fs::metadata(data)?.uid();
    let listener = at(data, UnixListener::bind)?;
    fs::set_permissions(socket(data), Permissions::from_mode(0o600))?;
    Ok((listener, owner))
}

pub fn connect(data: &Path) -> io::Result<UnixStream> {
    at(data, UnixStream::connect)
}

fn at<T>(data: &Path, run: impl FnOnce(PathBuf) -> io::Result<T>) -> io::Result<T> {
    let path = socket(data);
    if path.as_os_str().len() <= PATH_BYTES_MAX {
        return run(path);
    }
    let directory = File::open(data)?;
    run(PathBuf::from(format!("/proc/self/fd/{}/{NAME}", directory.as_raw_fd())))
}
