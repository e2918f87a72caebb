//! The far-reaching names: many programs read them, and teams set them on purpose. `set` and `import` warn of
//! them.
//!
//! They choose programs, servers, certificates or settings for every program that gets the environment. A
//! name that no team keeps in a file of secrets belongs in the list of reserved names instead.

use super::list::{Group, List};

pub static FAR_REACHING: List = List::new(NAMES, PATTERNS, ANY_CASE);

// One line for each name, as rustfmt would have it, would hide the groups.
#[rustfmt::skip]
const PATTERNS: &[Group] = &[
    // Terraform's CLI configuration: for one command, `TF_CLI_ARGS_plan`.
    ("terraform takes options and plugins from it", &["TF_CLI_ARGS*"]),
    // The Cargo Book, Environment Variables and Configuration.
    ("compilers take options from it", &["CARGO_TARGET_*_RUSTFLAGS"]),
    ("packages are downloaded because of it", &["CARGO_REGISTRIES_*_INDEX"]),
];

#[rustfmt::skip]
const ANY_CASE: &[Group] = &[
    // curl(1), and the programs that copied it. Some read small letters, some capitals, some both.
    ("programs choose their proxy by it", &[
        "http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "socks_proxy", "no_proxy", "rsync_proxy",
    ]),
];

#[rustfmt::skip]
const NAMES: &[Group] = &[
    // environ(7), the XDG Base Directory Specification.
    ("programs run it as the editor", &["EDITOR", "VISUAL"]),
    ("programs run it as the pager", &["PAGER", "AWS_PAGER"]),
    ("programs run it as the shell", &["SHELL"]),
    ("less takes options and commands from it", &["LESS"]),
    ("programs find their settings in it", &[
        "HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME", "XDG_DATA_DIRS", "XDG_STATE_HOME",
        "XDG_CACHE_HOME", "XDG_RUNTIME_DIR",
    ]),
    ("programs put temporary files in it", &["TMPDIR", "TMP", "TEMP"]),
    ("programs learn from it which terminal they have", &["TERM"]),
    ("programs take it as the name of the user", &["USER", "LOGNAME"]),

    // Whom to trust: openssl-env(7), curl(1), git-config(1), and the documentation of requests, pip, deno …
    ("programs trust the certificates in it", &[
        "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO",
        "GIT_SSL_CAPATH", "GIT_PROXY_SSL_CAINFO", "PIP_CERT", "DENO_CERT", "DENO_TLS_CA_STORE", "HTTPLIB2_CA_CERTS",
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "NIX_SSL_CERT_FILE", "CARGO_HTTP_CAINFO", "JULIA_SSL_CA_ROOTS_PATH",
        "HEX_CACERTS_PATH",
    ]),
    ("programs find the servers that log them in by it", &["KRB5_CONFIG"]),
    ("programs ask the agent behind it for keys", &["SSH_AUTH_SOCK"]),
    ("gpg takes keys and settings from it", &["GNUPGHOME"]),
    ("programs load the library in it", &["PKCS11_MODULE_PATH"]),
    ("xdebug connects to the debugger in it", &["XDEBUG_CONFIG"]),

    // Clusters and clouds. A kubeconfig and an AWS configuration can name a command that logs in.
    ("kubectl connects by it and runs commands from it", &["KUBECONFIG"]),
    ("docker connects or logs in by it", &[
        "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "CONTAINER_HOST",
        "BUILDKIT_HOST",
    ]),
    ("cloud tools take logins and settings from it", &[
        "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "CLOUDSDK_CONFIG", "AZURE_CONFIG_DIR", "GH_CONFIG_DIR",
    ]),
    ("terraform takes options and plugins from it", &[
        "TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG", "TF_DATA_DIR", "TF_PLUGIN_CACHE_DIR",
    ]),
    ("ansible takes options and code from it", &[
        "ANSIBLE_CONFIG", "ANSIBLE_HOME", "ANSIBLE_INVENTORY", "ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_ROLES_PATH",
        "ANSIBLE_VAULT_PASSWORD_FILE", "ANSIBLE_SSH_ARGS", "ANSIBLE_HOST_KEY_CHECKING",
    ]),

    // Where packages come from: go help environment, the manuals of pip, uv, yarn, bun, rustup, gem … With a
    // token in the address some of them are secrets.
    ("packages are downloaded because of it", &[
        "GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOSUMCHECK", "GONOPROXY", "GOPRIVATE", "GOINSECURE", "GOTOOLCHAIN",
        "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "UV_INDEX", "UV_DEFAULT_INDEX",
        "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INSECURE_HOST", "YARN_NPM_REGISTRY_SERVER",
        "BUN_CONFIG_REGISTRY", "COREPACK_NPM_REGISTRY", "JSR_URL", "RUBYGEMS_HOST", "HEX_MIRROR", "JULIA_PKG_SERVER",
        "PUB_HOSTED_URL", "FLUTTER_STORAGE_BASE_URL", "RUSTUP_DIST_SERVER", "RUSTUP_UPDATE_ROOT", "NIX_PATH",
        "HOMEBREW_BREW_GIT_REMOTE", "HOMEBREW_CORE_GIT_REMOTE", "HOMEBREW_BOTTLE_DOMAIN",
        "HOMEBREW_ARTIFACT_DOMAIN",
    ]),

    // Options of builds and runtimes, which can name code: `-toolexec`, `-fplugin`, `-C linker`,
    // `-javaagent`, `-p`.
    ("go takes options from it", &["GOFLAGS", "GOENV", "GODEBUG"]),
    ("compilers take options from it", &[
        "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_LDFLAGS",
        "RUSTFLAGS", "RUSTDOCFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_ENCODED_RUSTDOCFLAGS",
        "CARGO_BUILD_RUSTFLAGS",
    ]),
    ("java takes options from it", &[
        "JAVA_OPTS", "CATALINA_OPTS", "MAVEN_OPTS", "MAVEN_ARGS", "GRADLE_OPTS", "SBT_OPTS", "ANT_OPTS",
        "ES_JAVA_OPTS", "KAFKA_OPTS",
    ]),
    ("python tools take options from it", &["PIP_CONFIG_FILE", "UV_CONFIG_FILE", "PYTEST_ADDOPTS"]),
    ("nix takes options from it", &["NIX_CONFIG"]),

    // Where tools are installed, or find what they build with.
    ("build tools run it", &["CC", "CXX", "LD", "AR"]),
    ("tests run it as the browser", &["PUPPETEER_EXECUTABLE_PATH", "CHROME_BIN", "CHROME_PATH"]),
    ("programs and libraries are found in it", &[
        "JAVA_HOME", "MAVEN_HOME", "M2_HOME", "GRADLE_HOME", "GRADLE_USER_HOME", "ANDROID_HOME", "ANDROID_SDK_ROOT",
        "ANDROID_NDK_HOME", "DEVELOPER_DIR", "DOTNET_ROOT", "GOROOT", "GOPATH", "CARGO_HOME", "RUSTUP_HOME",
        "RUSTUP_TOOLCHAIN", "NVM_DIR", "VOLTA_HOME", "PNPM_HOME", "BUN_INSTALL", "DENO_DIR", "PYENV_ROOT",
        "VIRTUAL_ENV", "UV_PYTHON", "RBENV_ROOT", "BUNDLE_PATH", "COMPOSER_HOME", "MIX_HOME", "JULIA_PROJECT",
        "ASDF_DIR", "ASDF_DATA_DIR", "SDKMAN_DIR", "MYSQL_HOME", "CMAKE_PREFIX_PATH", "PKG_CONFIG_PATH",
    ]),
];
