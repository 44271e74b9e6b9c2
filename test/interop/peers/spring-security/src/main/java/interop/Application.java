package interop;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class Application {
  public static void main(String[] arguments) {
    SpringApplication.run(Application.class, arguments);
  }

  // Spring refreshes the access token by itself when this argument is asked for and the token is about to expire.
  @GetMapping("/")
  Map<String, Object> home(
      @AuthenticationPrincipal OidcUser user,
      @RegisteredOAuth2AuthorizedClient("countersign") OAuth2AuthorizedClient client) {
    return Map.of(
        "sub", user.getSubject(),
        "preferred_username", user.getPreferredUsername(),
        "email", user.getEmail(),
        "name", user.getName());
  }
}
