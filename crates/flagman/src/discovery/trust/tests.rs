//! What root trusts: each kind of thing on the way to a program, owned and writable by whom.

use std::fs::{self, Permissions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use nix::unistd::getuid;
use tempfile::TempDir;

use super::{Distrust, Kind, names_from_last, only_root_changes};

/// A user who is not root.
const USER: u32 = 65534;

/// A folder with `actions/program` and, beside it, `home/program`, the home of a user. Without root it
/// cannot be made, and everything belongs to the user who runs the tests.
struct Tree(TempDir);

impl Tree {
    fn new() -> Option<Self> {
        let tree = Self(tempfile::tempdir().unwrap());
        for folder in ["actions", "home"] {
            fs::create_dir(tree.at(folder)).unwrap();
            tree.mode(folder, 0o755);
            fs::write(tree.at(folder).join("program"), "").unwrap();
            tree.mode(&format!("{folder}/program"), 0o755);
        }
        if getuid().is_root() {
            tree.give("home");
            return Some(tree);
        }
        // What is not root's is not trusted, which is all that can be tried without root.
        let distrust = only_root_changes(&tree.at("actions/program")).unwrap_err();
        assert!(matches!(distrust, Distrust::Owner(..)), "{distrust}");
        None
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.at(path), Permissions::from_mode(mode)).unwrap();
    }

    /// Makes it the user's.
    fn give(&self, path: &str) {
        std::os::unix::fs::lchown(self.at(path), Some(USER), Some(USER)).unwrap();
    }

    fn link(&self, target: impl AsRef<Path>, path: &str) {
        symlink(target, self.at(path)).unwrap();
    }

    #[track_caller]
    fn is_trusted(&self, path: &str) {
        assert_eq!(only_root_changes(&self.at(path)), Ok(()));
    }

    #[track_caller]
    fn is_owned(&self, path: &str, kind: Kind, what: &str) {
        let distrust = Distrust::Owner(kind, self.at(what), USER);
        assert_eq!(only_root_changes(&self.at(path)), Err(distrust));
    }

    #[track_caller]
    fn is_writable(&self, path: &str, kind: Kind, what: &str) {
        let mode = self.at(what).metadata().unwrap().mode() & 0o7777;
        let distrust = Distrust::Writable(kind, self.at(what), mode);
        assert_eq!(only_root_changes(&self.at(path)), Err(distrust));
    }
}

#[test]
fn a_program_is_trusted_only_if_it_is_roots_and_nobody_else_can_write_to_it() {
    let Some(tree) = Tree::new() else { return };
    for mode in [0o755, 0o700, 0o555, 0o4755] {
        tree.mode("actions/program", mode);
        tree.is_trusted("actions/program");
    }
    for mode in [0o775, 0o757, 0o777, 0o1777] {
        tree.mode("actions/program", mode);
        tree.is_writable("actions/program", Kind::File, "actions/program");
    }
    tree.mode("actions/program", 0o755);
    tree.give("actions/program");
    tree.is_owned("actions/program", Kind::File, "actions/program");
}

#[test]
fn every_directory_up_to_the_root_counts() {
    let Some(tree) = Tree::new() else { return };
    fs::create_dir_all(tree.at("actions/a/b/c")).unwrap();
    fs::rename(tree.at("actions/program"), tree.at("actions/a/b/c/program")).unwrap();
    tree.is_trusted("actions/a/b/c/program");
    for folder in ["actions/a/b/c", "actions/a/b", "actions/a", "actions"] {
        for mode in [0o775, 0o757] {
            tree.mode(folder, mode);
            tree.is_writable("actions/a/b/c/program", Kind::Directory, folder);
        }
        tree.mode(folder, 0o755);
        tree.give(folder);
        tree.is_owned("actions/a/b/c/program", Kind::Directory, folder);
        chown(tree.at(folder), Some(0), Some(0)).unwrap();
    }
    tree.is_owned("home/program", Kind::Directory, "home");
}

#[test]
fn links_of_roots_are_followed_whatever_they_look_like() {
    let Some(tree) = Tree::new() else { return };
    tree.link("program", "actions/relative");
    tree.link(tree.at("actions/program"), "actions/absolute");
    tree.link("../actions/./relative", "actions/chain");
    tree.link("actions", "folder");
    tree.link("../../../../../../../..", "actions/up");
    for name in ["relative", "absolute", "chain", "../folder/chain", "../actions/program"] {
        tree.is_trusted(&format!("actions/{name}"));
    }
    let through_the_root = format!("actions/up{}", tree.at("folder/chain").display());
    tree.is_trusted(&through_the_root);
}

#[test]
fn a_link_of_a_users_or_through_what_a_user_can_change_is_not_trusted() {
    let Some(tree) = Tree::new() else { return };
    tree.link("program", "actions/given");
    tree.give("actions/given");
    tree.is_owned("actions/given", Kind::Link, "actions/given");
    // Where the way ends is root's, and yet the user chooses where that is.
    tree.link("../actions/program", "home/link");
    tree.link("../home/link", "actions/through");
    tree.is_owned("actions/through", Kind::Directory, "home");
    tree.link(tree.at("home"), "folder");
    tree.is_owned("folder/link", Kind::Directory, "home");
    tree.link("../home/../actions/program", "actions/past");
    tree.is_owned("actions/past", Kind::Directory, "home");
    chown(tree.at("home"), Some(0), Some(0)).unwrap();
    tree.is_trusted("actions/through");
    tree.mode("home", 0o775);
    tree.is_writable("actions/through", Kind::Directory, "home");
}

#[test]
fn in_a_sticky_directory_only_a_directory_of_roots_is_trusted() {
    let Some(tree) = Tree::new() else { return };
    fs::create_dir(tree.at("tmp")).unwrap();
    tree.mode("tmp", 0o1777);
    fs::rename(tree.at("actions"), tree.at("tmp/actions")).unwrap();
    tree.is_trusted("tmp/actions/program");
    // A user can move a file or a link of root's there.
    fs::write(tree.at("tmp/program"), "").unwrap();
    tree.mode("tmp/program", 0o755);
    tree.is_writable("tmp/program", Kind::Directory, "tmp");
    tree.link("actions", "tmp/link");
    tree.is_writable("tmp/link/program", Kind::Directory, "tmp");
    tree.mode("tmp/actions", 0o1777);
    tree.is_writable("tmp/actions/program", Kind::Directory, "tmp/actions");
    tree.mode("tmp/actions", 0o755);
    tree.give("tmp/actions");
    tree.is_owned("tmp/actions/program", Kind::Directory, "tmp/actions");
    chown(tree.at("tmp/actions"), Some(0), Some(0)).unwrap();
    tree.give("tmp");
    tree.is_owned("tmp/actions/program", Kind::Directory, "tmp");
}

#[test]
fn a_sticky_directory_that_only_root_can_write_to_is_like_any_other() {
    let Some(tree) = Tree::new() else { return };
    tree.mode("actions", 0o1755);
    tree.link("program", "actions/link");
    tree.is_trusted("actions/link");
}

#[test]
fn links_in_a_circle_are_followed_as_often_as_the_kernel_does() {
    let Some(tree) = Tree::new() else { return };
    tree.link("actions/program", "link0");
    for number in 1..=40 {
        tree.link(format!("link{}", number - 1), &format!("link{number}"));
    }
    assert!(tree.at("link39").metadata().is_ok() && tree.at("link40").metadata().is_err());
    tree.is_trusted("link39");
    tree.link("circle", "circle");
    for name in ["link40", "circle"] {
        let distrust = only_root_changes(&tree.at(name)).unwrap_err().to_string();
        assert!(
            distrust.ends_with("Too many levels of symbolic links (os error 40)"),
            "{distrust}"
        );
    }
}

#[test]
fn a_link_that_leads_elsewhere_than_it_says_is_not_trusted() {
    let Some(tree) = Tree::new() else { return };
    let open = fs::File::open(tree.at("actions/program")).unwrap();
    let link = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()));
    assert_eq!(only_root_changes(&link), Ok(()));
    fs::remove_file(tree.at("actions/program")).unwrap();
    // The link's text names a file that is not the one that it leads to.
    fs::write(tree.at("actions/program (deleted)"), "").unwrap();
    assert_eq!(only_root_changes(&link), Err(Distrust::Elsewhere));
}

#[test]
fn what_cannot_be_looked_at_is_not_trusted() {
    let distrust = only_root_changes(Path::new("/no/such")).unwrap_err();
    let why = "cannot look at /no: No such file or directory (os error 2)";
    // Where `/` is not root's, in a user namespace, that is said first.
    let owner = Path::new("/").metadata().unwrap().uid();
    assert_eq!(
        distrust.to_string(),
        if owner == 0 {
            why.to_owned()
        } else {
            format!("flagman runs as root, but user {owner} owns the directory /")
        }
    );
}

#[test]
fn what_is_wrong_is_said_with_its_kind_its_path_and_its_owner_or_mode() {
    let path = || PathBuf::from("/a/b");
    let texts = [
        (Distrust::Owner(Kind::Link, path(), 1000), "user 1000 owns the link /a/b"),
        (
            Distrust::Writable(Kind::Directory, path(), 0o1777),
            "other users can write to the directory /a/b (mode 1777)",
        ),
        (
            Distrust::Writable(Kind::File, path(), 0o775),
            "other users can write to the file /a/b (mode 0775)",
        ),
    ];
    for (distrust, text) in texts {
        assert_eq!(distrust.to_string(), format!("flagman runs as root, but {text}"));
    }
    let text = "flagman runs as root and cannot tell where its links lead";
    assert_eq!(Distrust::Elsewhere.to_string(), text);
}

#[test]
fn the_names_of_a_path_are_those_that_lead_somewhere() {
    assert_eq!(names_from_last(Path::new("/a//b/./../c/")), ["c", "..", "b", "a"]);
    assert!(names_from_last(Path::new("/")).is_empty());
}
