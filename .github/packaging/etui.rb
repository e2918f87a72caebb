# The formula for Homebrew. `.ci/formula` fills in what stands in capitals, and each release has the result among its
# files, ready for the tap.
class Etui < Formula
  desc "Local-first, age-encrypted vault for a team's secrets"
  homepage "REPOSITORY"
  version "VERSION"
  license "MIT"

  # A first try should not wait for a compiler, so this installs the programs of the release.
  on_macos do
    on_arm do
      url "REPOSITORY/releases/download/vVERSION/etui-VERSION-aarch64-apple-darwin.tar.gz"
      sha256 "SHA256-aarch64-apple-darwin"
    end
    on_intel do
      url "REPOSITORY/releases/download/vVERSION/etui-VERSION-x86_64-apple-darwin.tar.gz"
      sha256 "SHA256-x86_64-apple-darwin"
    end
  end

  on_linux do
    on_arm do
      url "REPOSITORY/releases/download/vVERSION/etui-VERSION-aarch64-unknown-linux-gnu.tar.gz"
      sha256 "SHA256-aarch64-unknown-linux-gnu"
    end
    on_intel do
      url "REPOSITORY/releases/download/vVERSION/etui-VERSION-x86_64-unknown-linux-gnu.tar.gz"
      sha256 "SHA256-x86_64-unknown-linux-gnu"
    end
  end

  def install
    bin.install "etui"
    man1.install Dir["man/man1/*"]
    man7.install Dir["man/man7/*"]
    bash_completion.install "completions/etui.bash" => "etui"
    zsh_completion.install "completions/_etui"
    fish_completion.install "completions/etui.fish"
  end

  test do
    ENV["ETUI_HOME"] = testpath/"home"
    system bin/"etui", "init", "demo", "--as", "alice"
    pipe_output("#{bin}/etui set TOKEN -t demo -g", "a value")
    assert_equal "a value", shell_output("#{bin}/etui get TOKEN -t demo -g")
  end
end
