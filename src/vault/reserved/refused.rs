//! The reserved names. They run code, load code, or turn off what programs trust, and teams have no need of
//! them.
//!
//! The lists that this one was made from stand beside each group. A name belongs here if a program that gets
//! it runs or loads what it says, or trusts whom it says, and if no team keeps it in a file of secrets. If
//! teams do, it belongs in the list of far-reaching names.

use super::list::{Group, List};

pub static REFUSED: List = List::new(NAMES, PATTERNS, ANY_CASE);

// One line for each name, as rustfmt would have it, would hide the groups.
#[rustfmt::skip]
const PATTERNS: &[Group] = &[
    // ld.so(8), the manuals of musl and of dyld. launchd passes on what begins with `__XPC_`.
    ("the dynamic loader loads libraries from it", &["LD_*", "DYLD_*", "__XPC_DYLD_*"]),
    // sudo's initial_badenv_table: functions that bash exports, and how Apple's bash spells them.
    ("bash defines functions from it", &["BASH_FUNC_*", "__BASH_FUNC<*"]),
    // git-config(1), section Environment.
    ("git runs commands from it", &["GIT_CONFIG*"]),
    // lua(1): each variable also exists with the version at the end.
    ("lua runs code from it", &["LUA_INIT_*"]),
    ("lua loads code from it", &["LUA_PATH_*", "LUA_CPATH_*"]),
    // The documentation of .NET's profiling API: with `_PATH`, `_PATH_32`, `_PATH_64` …
    ("dotnet loads libraries from it", &["CORECLR_PROFILER*", "COR_PROFILER*"]),
    // The Cargo Book, Environment Variables and Configuration.
    ("cargo runs a program from it", &["CARGO_TARGET_*_RUNNER", "CARGO_TARGET_*_LINKER"]),
    ("cargo runs a program from it", &["CARGO_REGISTR*_CREDENTIAL_PROVIDER", "CARGO_CREDENTIAL_ALIAS_*"]),
    // cmake-env-variables(7): for each language, `_COMPILER_LAUNCHER` and `_LINKER_LAUNCHER`.
    ("cmake runs a program from it", &["CMAKE_*_LAUNCHER"]),
    // The options of erl(1), also for one release: `ERL_OTP27_FLAGS`.
    ("erlang runs code from it", &["ERL_OTP*_FLAGS"]),
    // The manuals of the sanitizers.
    ("programs run it when they crash", &["*_SYMBOLIZER_PATH"]),
    // fzf(1).
    ("fzf runs commands from it", &["FZF_*"]),
    // Prisma's reference of environment variables.
    ("prisma loads code from it", &["PRISMA_*_ENGINE_LIBRARY", "PRISMA_*_ENGINE_BINARY"]),
    // Ansible's configuration settings: one for each kind of plugin.
    ("ansible loads code from it", &["ANSIBLE_*_PLUGINS"]),
];

#[rustfmt::skip]
const ANY_CASE: &[Group] = &[
    // npm's config(7) and pnpm's settings: every option, among them `script-shell`, `node-options` and
    // `registry`.
    ("npm takes its options from it", &["npm_config_*", "pnpm_config_*"]),
];

#[rustfmt::skip]
const NAMES: &[Group] = &[
    // Shells: sudo's initial_badenv_table, bash(1), zshparam(1), and the manuals of fish, nushell and xonsh.
    // bash runs commands inside the prompts that it expands. Not ENV, which people use.
    ("programs are looked up in it", &["PATH", "fish_user_paths"]),
    ("shells split words at it", &["IFS"]),
    ("shells run code from it", &[
        "BASH_ENV", "ZDOTDIR", "PROMPT_COMMAND", "PS0", "PS1", "PS2", "PS4", "SHELLOPTS", "BASHOPTS", "MAILPATH",
        "BASH_LOADABLES_PATH", "FPATH", "NULLCMD", "READNULLCMD", "FCEDIT", "fish_function_path",
        "fish_complete_path", "NU_LIB_DIRS", "NU_PLUGIN_DIRS", "XONSHRC", "XONSHRC_DIR", "STARSHIP_CONFIG",
        "DIRENV_CONFIG",
    ]),
    ("shells look up directories in it", &["CDPATH"]),
    ("shells leave files out by it", &["GLOBIGNORE"]),
    ("shells put temporary files at it", &["TMPPREFIX"]),
    ("programs take the meaning of keys from it", &["INPUTRC", "EDITRC"]),

    // The C library: glibc's unsecvars.h, which set-user-id programs do without; musl; sudo's
    // initial_badenv_table.
    ("the C library loads code from it", &["GCONV_PATH", "GLIBC_TUNABLES"]),
    ("getconf runs programs from it", &["GETCONF_DIR"]),
    ("the C library finds hosts by it", &["HOSTALIASES", "LOCALDOMAIN", "RESOLV_HOST_CONF", "NIS_PATH"]),
    ("the C library reads text and formats from it", &["NLSPATH", "LOCPATH", "PATH_LOCALE", "MUSL_LOCPATH"]),
    ("the C library writes to it", &["MALLOC_TRACE"]),
    ("programs learn from it how to drive a terminal", &["TERMINFO", "TERMINFO_DIRS", "TERMCAP", "TERMPATH"]),

    // git(1), git-config(1), git-difftool(1), and the local_repo_env of git's environment.c.
    ("git runs a program from it", &[
        "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "GIT_PAGER",
        "GIT_EXTERNAL_DIFF", "GIT_DIFFTOOL_EXTCMD", "GIT_PROXY_COMMAND", "GIT_EXEC_PATH", "GIT_TEMPLATE_DIR",
        "SSH_ASKPASS",
    ]),
    ("git loads code from it", &["GITPERLLIB"]),
    ("git takes the repository and its hooks from it", &["GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE"]),
    ("git reads the repository's content from it", &[
        "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    ]),
    ("git runs the remote helpers that it allows", &["GIT_ALLOW_PROTOCOL", "GIT_PROTOCOL_FROM_USER"]),
    ("gh runs it as git", &["GH_PATH"]),

    // ssh(1) and ssh-agent(1). sshd_config(5) warns of PermitUserEnvironment because of LD_PRELOAD.
    ("ssh loads a library from it", &["SSH_SK_PROVIDER"]),

    // The manuals of other version control and copying programs: hg(1), svn(1), cvs(1), p4, rsync(1), borg(1)
    // …
    ("hg loads code from it", &["HGRCPATH"]),
    ("hg runs a program from it", &["HG", "HGEDITOR", "HGMERGE"]),
    ("svn runs a program from it", &["SVN_SSH", "SVN_EDITOR", "SVN_MERGE"]),
    ("cvs runs a program from it", &["CVS_RSH"]),
    ("p4 runs a program from it", &["P4EDITOR", "P4DIFF", "P4MERGE", "P4PAGER"]),
    ("rsync runs a program from it", &["RSYNC_RSH", "RSYNC_CONNECT_PROG"]),
    ("borg runs a program from it", &["BORG_RSH", "BORG_PASSCOMMAND"]),
    ("restic runs a command from it", &["RESTIC_PASSWORD_COMMAND"]),
    ("rclone runs a command from it", &["RCLONE_PASSWORD_COMMAND"]),
    ("sops runs a command from it", &["SOPS_AGE_KEY_CMD"]),
    ("pass runs code from it", &["PASSWORD_STORE_EXTENSIONS_DIR"]),

    // Pagers, editors, browsers and askpass programs that belong to one program: man(1), systemctl(1),
    // sudo(8), psql(1), kubectl edit, gh environment, bat(1), bundle-open(1) … systemd's own manual warns of
    // its pager.
    ("programs run it as the pager", &[
        "MANPAGER", "SYSTEMD_PAGER", "PSQL_PAGER", "PSQL_WATCH_PAGER", "BAT_PAGER", "DELTA_PAGER", "GH_PAGER",
        "RI_PAGER", "PERLDOC_PAGER", "ANSIBLE_PAGER",
    ]),
    ("programs run it as the editor", &[
        "SYSTEMD_EDITOR", "SUDO_EDITOR", "PSQL_EDITOR", "PSQL_EDITOR_LINENUMBER_ARG", "KUBE_EDITOR", "GH_EDITOR",
        "HOMEBREW_EDITOR", "ALTERNATE_EDITOR", "LESSEDIT", "REACT_EDITOR", "LAUNCH_EDITOR", "BUNDLER_EDITOR",
        "GEM_EDITOR", "ELIXIR_EDITOR", "JULIA_EDITOR",
    ]),
    ("programs run it as the browser", &["BROWSER", "GH_BROWSER", "HOMEBREW_BROWSER", "R_BROWSER"]),
    ("programs run it to ask for a password", &["SUDO_ASKPASS", "WGET_ASKPASS"]),

    // Programs in everyone's scripts: less(1), man(1), groff(1), tar(1), zip(1), gawk(1), rg(1), vim(1),
    // screen(1) …
    ("less runs commands from it", &[
        "LESSOPEN", "LESSCLOSE", "LESSKEY", "LESSKEYIN", "LESSKEY_SYSTEM", "LESSKEYIN_SYSTEM", "LESSKEY_CONTENT",
        "LESSECHO", "LESSGLOBALTAGS", "SYSTEMD_LESS",
    ]),
    ("man runs commands from it", &["MANOPT"]),
    ("groff runs programs from it", &["GROFF_BIN_PATH", "GROFF_COMMAND_PREFIX"]),
    ("systemd loads units from it", &["SYSTEMD_UNIT_PATH", "SYSTEMD_GENERATOR_PATH"]),
    ("tar runs commands from it", &["TAR_OPTIONS"]),
    ("zip runs commands from it", &["ZIPOPT"]),
    ("awk loads code from it", &["AWKPATH", "AWKLIBPATH"]),
    ("rg runs commands from it", &["RIPGREP_CONFIG_PATH"]),
    ("bat takes its options from it", &["BAT_OPTS", "BAT_CONFIG_PATH"]),
    ("vi runs commands from it", &["EXINIT", "NEXINIT", "VIMINIT", "GVIMINIT", "VIM", "VIMRUNTIME"]),
    ("emacs loads code from it", &["EMACSLOADPATH", "EMACSPATH", "EMACSDATA"]),
    ("screen runs commands from it", &["SCREENRC", "SYSSCREENRC"]),
    ("mail programs run commands from it", &["MAILRC", "MAILCAPS"]),
    ("psql runs commands from it", &["PSQLRC"]),
    ("mysql loads libraries from it", &["LIBMYSQL_PLUGINS", "LIBMYSQL_PLUGIN_DIR"]),
    ("apt runs commands from it", &["APT_CONFIG"]),
    ("brew runs a program from it", &["HOMEBREW_CURL_PATH", "HOMEBREW_GIT_PATH"]),
    ("nix runs commands from it", &["NIX_BUILD_HOOK", "NIX_USER_CONF_FILES"]),
    ("curl takes its options from it", &["CURL_HOME"]),
    ("wget takes its options from it", &["WGETRC", "SYSTEM_WGETRC"]),
    // The D-Bus specification: an address `unixexec:` names a program.
    ("programs run what it names to reach the message bus", &[
        "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS", "DBUS_STARTER_ADDRESS",
    ]),

    // TLS and login: openssl-env(7), and what each program documents for turning its checks off.
    ("OpenSSL loads code from it", &[
        "OPENSSL_CONF", "OPENSSL_CONF_INCLUDE", "OPENSSL_ENGINES", "OPENSSL_MODULES",
    ]),
    ("programs write the keys of their connections to it", &["SSLKEYLOGFILE"]),
    ("it can turn off the check of certificates", &[
        "GIT_SSL_NO_VERIFY", "NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY", "YARN_ENABLE_STRICT_SSL",
        "HEX_UNSAFE_HTTPS", "JULIA_NO_VERIFY_HOSTS", "JULIA_SSL_NO_VERIFY_HOSTS", "JULIA_SSH_NO_VERIFY_HOSTS",
        "LDAPTLS_REQCERT", "VAULT_SKIP_VERIFY", "CONSUL_HTTP_SSL_VERIFY", "NOMAD_SKIP_VERIFY",
        "HELM_KUBEINSECURE_SKIP_TLS_VERIFY", "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION",
    ]),
    ("it can turn off the check of signatures", &["COREPACK_INTEGRITY_KEYS", "HEX_UNSAFE_REGISTRY"]),
    ("node trusts the certificates in it", &["NODE_EXTRA_CA_CERTS"]),
    ("programs load libraries from it", &["SASL_PATH", "SASL_CONF_PATH", "GSS_MECH_CONFIG"]),

    // node(1), and the documentation of yarn, bun, electron, playwright …
    ("node loads code from it", &[
        "NODE_OPTIONS", "NODE_PATH", "NODE_REPL_EXTERNAL_MODULE", "NODE_COMPILE_CACHE",
        "NAPI_RS_NATIVE_LIBRARY_PATH",
    ]),
    ("scripts run npm from it", &["npm_execpath", "npm_node_execpath"]),
    ("yarn loads code from it", &["YARN_RC_FILENAME", "YARN_PLUGINS", "YARN_YARN_PATH", "YARN_SCRIPT_SHELL"]),
    ("bun loads code from it", &["BUN_OPTIONS", "BUN_INSPECT_PRELOAD", "BUN_RUNTIME_TRANSPILER_CACHE_PATH"]),
    ("electron runs scripts because of it", &["ELECTRON_RUN_AS_NODE"]),
    ("build and test tools run a program from it", &[
        "ELECTRON_OVERRIDE_DIST_PATH", "NODE_GYP_FORCE_PYTHON", "ESBUILD_BINARY_PATH", "PLAYWRIGHT_NODEJS_PATH",
        "CYPRESS_RUN_BINARY",
    ]),
    ("chrome takes its options from it", &["CHROME_DEVEL_SANDBOX", "CHROMIUM_FLAGS", "CHROMIUM_USER_FLAGS"]),

    // python(1), sudo's initial_badenv_table, and the manuals of pytest, IPython, Jupyter and the Google
    // Cloud CLI. PYTHONWARNINGS imports the module of the category that it names.
    ("python loads code from it", &[
        "PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PYTHONINSPECT", "PYTHONUSERBASE", "PYTHONEXECUTABLE",
        "PYTHONPLATLIBDIR", "PYTHONBREAKPOINT", "PYTHONWARNINGS", "PYTHONPYCACHEPREFIX", "PYTHON_PRESITE",
        "__PYVENV_LAUNCHER__", "PYTEST_PLUGINS", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH",
        "JUPYTER_PATH", "JYTHONPATH",
    ]),
    ("gcloud runs it as python", &["CLOUDSDK_PYTHON", "CLOUDSDK_PYTHON_ARGS", "CLOUDSDK_GSUTIL_PYTHON"]),

    // perlrun(1) and perldebug(1).
    ("perl loads code from it", &["PERL5OPT", "PERL5LIB", "PERL5DB", "PERLLIB", "PERLDB_OPTS"]),
    ("perl runs commands with it", &["PERL5SHELL"]),
    ("perl writes its trace to it", &["PERLIO_DEBUG"]),

    // ruby(1), gem and bundle-config(1), irb(1), rake(1), rspec. rubygems.rb requires BUNDLER_SETUP.
    ("ruby loads code from it", &[
        "RUBYOPT", "RUBYLIB", "RUBYPATH", "RUBYSHELL", "GEM_HOME", "GEM_PATH", "GEMRC", "RUBYGEMS_GEMDEPS",
        "BUNDLER_SETUP", "BUNDLE_GEMFILE", "BUNDLE_APP_CONFIG", "BUNDLE_USER_CONFIG", "BUNDLE_USER_HOME", "IRBRC",
        "PRYRC", "RAKEOPT", "SPEC_OPTS", "JRUBY_OPTS",
    ]),

    // The PHP manual, The configuration file.
    ("php loads code from it", &["PHPRC", "PHP_INI_SCAN_DIR"]),

    // lua(1) and the documentation of LuaRocks, whose configuration is code.
    ("lua runs code from it", &["LUA_INIT", "LUAROCKS_CONFIG"]),
    ("lua loads code from it", &["LUA_PATH", "LUA_CPATH"]),

    // The manuals of java, javac, OpenJ9, and the start scripts of gradle, maven and ant.
    ("java loads code from it", &[
        "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVAC_OPTIONS", "OPENJ9_JAVA_OPTIONS",
        "IBM_JAVA_OPTIONS", "CLASSPATH",
    ]),
    ("build tools run it as java", &["JAVACMD"]),

    // .NET's host-startup-hook.md, its runtime settings, MSBuild, NuGet, Mono and about_PSModulePath.
    ("dotnet loads code from it", &[
        "DOTNET_STARTUP_HOOKS", "DOTNET_ADDITIONAL_DEPS", "DOTNET_SHARED_STORE", "DOTNET_GCName", "DOTNET_GCPath",
        "COMPlus_GCName", "DOTNET_DiagnosticPorts", "ASPNETCORE_HOSTINGSTARTUPASSEMBLIES",
    ]),
    ("dotnet loads libraries because of it", &["CORECLR_ENABLE_PROFILING", "COR_ENABLE_PROFILING"]),
    ("msbuild loads code from it", &["MSBUILD_EXE_PATH", "MSBuildSDKsPath", "MSBuildExtensionsPath"]),
    ("nuget runs programs from it", &[
        "NUGET_PLUGIN_PATHS", "NUGET_NETCORE_PLUGIN_PATHS", "NUGET_NETFX_PLUGIN_PATHS",
        "NUGET_CREDENTIALPROVIDERS_PATH",
    ]),
    ("mono loads code from it", &[
        "MONO_PATH", "MONO_ENV_OPTIONS", "MONO_CONFIG", "MONO_CFG_DIR", "MONO_GAC_PREFIX",
    ]),
    ("powershell loads code from it", &["PSModulePath"]),

    // go help environment, go help goauth.
    ("go runs a program from it", &["GOCACHEPROG", "GOAUTH"]),

    // The Cargo Book, Environment Variables and Configuration.
    ("cargo runs a program from it", &[
        "RUSTC", "RUSTDOC", "RUSTFMT", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_RUSTC",
        "CARGO_BUILD_RUSTDOC", "CARGO_BUILD_RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
        "CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS",
    ]),

    // The manuals of make, gcc, clang, ccache, autoconf, cmake and pkg-config.
    ("make runs commands from it", &["MAKEFLAGS", "GNUMAKEFLAGS", "MFLAGS", "MAKEFILES"]),
    ("compilers take programs and code from it", &[
        "GCC_EXEC_PREFIX", "COMPILER_PATH", "LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH",
        "OBJC_INCLUDE_PATH", "CCC_OVERRIDE_OPTIONS",
    ]),
    ("ccache runs a program from it", &[
        "CCACHE_COMPILER", "CCACHE_PREFIX", "CCACHE_PREFIX_CPP", "CCACHE_CONFIGPATH",
    ]),
    ("configure scripts run code from it", &["CONFIG_SITE", "CONFIG_SHELL"]),
    ("cmake runs code from it", &["CMAKE_TOOLCHAIN_FILE"]),
    ("build tools run it as pkg-config", &["PKG_CONFIG"]),

    // R's help(Startup) and help(EnvVar); the manuals of Julia, erl(1), Elixir, mix, GHC, OCaml, Tcl and
    // other languages.
    ("the R interpreter loads code from it", &[
        "R_PROFILE", "R_PROFILE_USER", "R_ENVIRON", "R_ENVIRON_USER", "R_HOME", "R_LIBS", "R_LIBS_USER",
        "R_LIBS_SITE", "R_DEFAULT_PACKAGES",
    ]),
    ("the R interpreter runs a program from it", &["R_PDFVIEWER", "R_UNZIPCMD", "R_ZIPCMD", "R_GZIPCMD"]),
    ("julia loads code from it", &["JULIA_LOAD_PATH", "JULIA_DEPOT_PATH", "JULIA_BINDIR"]),
    ("julia runs it as the shell", &["JULIA_SHELL"]),
    ("erlang runs code from it", &[
        "ERL_FLAGS", "ERL_AFLAGS", "ERL_ZFLAGS", "ERL_LIBS", "ERL_COMPILER_OPTIONS", "ELIXIR_ERL_OPTIONS",
    ]),
    ("mix runs code from it", &["MIX_EXS", "MIX_PATH", "MIX_ARCHIVES"]),
    ("haskell tools take code from it", &["GHC_PACKAGE_PATH", "GHC_ENVIRONMENT", "STACK_YAML", "CABAL_CONFIG"]),
    ("ocaml loads code from it", &[
        "CAML_LD_LIBRARY_PATH", "OCAMLPATH", "OCAMLLIB", "CAMLLIB", "OCAMLFIND_CONF", "OCAML_TOPLEVEL_PATH",
    ]),
    ("tcl loads code from it", &["TCLLIBPATH", "TCL_LIBRARY", "TK_LIBRARY"]),
    ("guile loads code from it", &["GUILE_LOAD_PATH", "GUILE_LOAD_COMPILED_PATH", "GUILE_EXTENSIONS_PATH"]),
    ("racket loads code from it", &["PLTCOLLECTS", "PLTADDONDIR"]),
    ("octave loads code from it", &["OCTAVE_PATH", "OCTAVE_SITE_INITFILE", "OCTAVE_VERSION_INITFILE"]),
    ("matlab loads code from it", &["MATLABPATH"]),
    ("sbcl loads code from it", &["SBCL_HOME"]),
    ("crystal loads code from it", &["CRYSTAL_PATH"]),
    ("swift runs a program from it", &["SWIFT_EXEC"]),
    ("dart takes its options from it", &["DART_VM_OPTIONS"]),
    // web2c and kpathsea: a variable of texmf.cnf can be set in the environment.
    ("tex runs commands because of it", &["TEXMFCNF", "shell_escape", "shell_escape_commands"]),
    ("ghostscript loads code from it", &["GS_LIB", "GS_OPTIONS"]),
    ("magick runs commands from it", &[
        "MAGICK_CONFIGURE_PATH", "MAGICK_CODER_MODULE_PATH", "MAGICK_FILTER_MODULE_PATH",
    ]),

    // Libraries that load plugins: the manuals of GTK, GLib, GStreamer, Qt, Mesa, Vulkan, OpenCL, ALSA, CUDA,
    // OpenMP …
    ("programs load libraries from it", &[
        "GTK_MODULES", "GTK3_MODULES", "GTK_PATH", "GTK_EXE_PREFIX", "GTK_IM_MODULE_FILE", "GDK_PIXBUF_MODULE_FILE",
        "GIO_EXTRA_MODULES", "GIO_MODULE_DIR", "GI_TYPELIB_PATH", "GST_PLUGIN_PATH", "GST_PLUGIN_SYSTEM_PATH",
        "GST_PLUGIN_SCANNER", "QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH", "QML_IMPORT_PATH", "QML2_IMPORT_PATH",
        "LIBGL_DRIVERS_PATH", "LIBVA_DRIVERS_PATH", "VDPAU_DRIVER_PATH", "VK_ICD_FILENAMES", "VK_DRIVER_FILES",
        "VK_LAYER_PATH", "VK_ADD_LAYER_PATH", "OCL_ICD_VENDORS", "ALSA_CONFIG_PATH", "CUDA_INJECTION64_PATH",
        "HSA_TOOLS_LIB", "OMP_TOOL_LIBRARIES", "VALGRIND_LIB",
    ]),

    // Clusters and clouds: the manuals of kubectl, helm, kustomize, podman, terraform, terragrunt, packer,
    // vagrant, ansible (its configuration settings), the Azure CLI and Google's authentication libraries.
    ("kubectl runs a program from it", &["KUBECTL_EXTERNAL_DIFF", "KUBERC"]),
    ("helm runs programs from it", &["HELM_PLUGINS", "HELM_BIN"]),
    ("kustomize runs programs from it", &["KUSTOMIZE_PLUGIN_HOME"]),
    ("podman runs programs from it", &["CONTAINERS_CONF", "CONTAINERS_CONF_OVERRIDE"]),
    ("terraform takes providers from it", &["TF_REATTACH_PROVIDERS"]),
    ("terragrunt runs it as terraform", &["TG_TF_PATH", "TERRAGRUNT_TFPATH"]),
    ("packer runs programs from it", &["PACKER_CONFIG", "PACKER_PLUGIN_PATH"]),
    ("vagrant runs code from it", &["VAGRANT_VAGRANTFILE"]),
    ("ansible loads code from it", &["ANSIBLE_LIBRARY", "ANSIBLE_MODULE_UTILS"]),
    ("ansible runs a program from it", &[
        "ANSIBLE_SSH_EXECUTABLE", "ANSIBLE_SCP_EXECUTABLE", "ANSIBLE_SFTP_EXECUTABLE", "ANSIBLE_BECOME_EXE",
        "ANSIBLE_CONNECTION_PATH",
    ]),
    ("az loads code from it", &["AZURE_EXTENSION_DIR"]),
    ("programs run commands that log in because of it", &["GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"]),
];
