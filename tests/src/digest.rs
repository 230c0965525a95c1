//! Which migrations a template was made by.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Tells one set of migrations from another: a hash over the names and contents of the files they are written in.
pub(crate) fn of_migrations() -> io::Result<String> {
    let mut files = BTreeMap::new();
    collect(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../migration/src").as_path(),
        Path::new(""),
        &mut files,
    )?;
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

/// Reads all files below `root`/`inner`, by their path relative to `root`.
fn collect(root: &Path, inner: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(inner))? {
        let entry = entry?;
        let relative = inner.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(root, &relative, files)?;
        } else {
            files.insert(relative, fs::read(entry.path())?);
        }
    }
    Ok(())
}
