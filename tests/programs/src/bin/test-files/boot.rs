//! Files of the boot image.
//!
//! The image is sealed: everything that would change it is refused. Neighbours: `ram`, `main`.

use alloc::vec::Vec;
use runtime::Error;
use runtime::file::directory::Directory;
use runtime::file::status::Kind;
use runtime::file::{File, OpenFlags, Seek};
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "boot files are read at any offset", run: boot_files_are_read },
    Case { name: "the boot image cannot be changed", run: the_boot_image_cannot_be_changed },
    Case { name: "directories list their names", run: directories_list_their_names },
    Case { name: "bad paths have their errors", run: bad_paths_have_their_errors },
];

const SELF: &str = "/test/test-files";

fn boot_files_are_read() -> Verdict {
    let file = File::open(SELF, OpenFlags::READ)?;
    let status = file.status()?;
    ensure_equal!((status.kind(), status.permissions()), (Kind::Regular, 0o755));
    let mut start = [0; 4];
    ensure_equal!(file.read(&mut start)?, 4);
    ensure_equal!(&start, b"\x7fELF");
    ensure_equal!(file.seek(Seek::Current(0))?, 4);
    ensure_equal!(file.seek(Seek::End(0))?, status.size);
    ensure_equal!(file.read(&mut start)?, 0);
    ensure_equal!(file.seek(Seek::Start(1))?, 1);
    ensure_equal!(file.read(&mut start)?, 4);
    ensure_equal!(start.get(..3), Some(&b"ELF"[..]));
    ensure_equal!(file.seek(Seek::Current(-100)), Err(Error::EINVAL));
    let mut whole = Vec::new();
    file.seek(Seek::Start(0))?;
    file.read_to_end(&mut whole)?;
    ensure_equal!(whole.len() as u64, status.size);
    Ok(())
}

fn the_boot_image_cannot_be_changed() -> Verdict {
    for flags in [OpenFlags::WRITE, OpenFlags::READ_WRITE, OpenFlags::READ | OpenFlags::TRUNCATE] {
        ensure_equal!(File::open(SELF, flags).err(), Some(Error::EROFS));
    }
    ensure_equal!(File::open("/new", OpenFlags::READ | OpenFlags::CREATE).err(), Some(Error::EROFS));
    let file = File::open(SELF, OpenFlags::READ)?;
    ensure_equal!(file.write(b"x"), Err(Error::EBADF));
    Ok(())
}

fn directories_list_their_names() -> Verdict {
    let names = Directory::open("/test")?.names()?;
    ensure!(names.iter().any(|name| name.name == b"test-files" && name.kind == Kind::Regular), "/test lists {names:?}");
    let root = Directory::open("/")?.names()?;
    ensure!(root.iter().any(|name| name.name == b"bin" && name.kind == Kind::Directory), "/ lists {root:?}");
    ensure_equal!(Directory::open(SELF).err(), Some(Error::ENOTDIR));
    let directory = File::open("/bin", OpenFlags::READ)?;
    ensure_equal!(directory.read(&mut [0; 8]), Err(Error::EISDIR));
    Ok(())
}

fn bad_paths_have_their_errors() -> Verdict {
    let long = "a/".repeat(600);
    let name = "n".repeat(300);
    for (path, error) in [
        ("/no/such", Error::ENOENT),
        ("", Error::ENOENT),
        ("nobody:x", Error::ENODEV),
        ("/scheme/nobody/x", Error::ENODEV),
        ("/test/test-files/x", Error::ENOTDIR),
        (long.as_str(), Error::ENAMETOOLONG),
    ] {
        ensure_equal!((path, File::open(path, OpenFlags::READ).err()), (path, Some(error)));
    }
    ensure!(File::open(&name, OpenFlags::READ).is_err(), "a name of 300 bytes was found");
    Ok(())
}
